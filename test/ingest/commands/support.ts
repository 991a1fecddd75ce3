import { Registry as MetricsRegistry } from 'prom-client';
import { onTestFinished } from 'vitest';
import type { OutboundMessage } from '../../../broker/bus/bus.ts';
import type { Command, CommandRequest } from '../../../broker/contract/commands.ts';
import type { DeviceKey } from '../../../broker/contract/ids.ts';
import type { LiveCommandAck, LiveReadings } from '../../../broker/contract/live.ts';
import type { Registry } from '../../../broker/contract/registry.ts';
import { createCommands, type RunningCommands } from '../../../ingest/commands/commands.ts';
import type { CommandLimits } from '../../../ingest/commands/kept-commands.ts';
import { silentLog } from '../../support/log.ts';
import { createMemoryRegistry } from '../../support/memory-registry.ts';
import { tempFolder } from '../../support/temp-folder.ts';

export const lamp: DeviceKey = 'ulm/lamp-1';
export const startAt = Date.parse('2026-11-22T18:00:00Z');

/** Commands on a real file, with a clock and a bus that tests hold. */
export class Desk {
  readonly folder = tempFolder();
  readonly registry: Registry = createMemoryRegistry();
  readonly published: OutboundMessage[] = [];
  readonly changes: Command[] = [];
  metrics = new MetricsRegistry();
  now = startAt;
  isBusDown = false;
  #readings: (batch: readonly LiveReadings[]) => void = () => {};
  #acks: (ack: LiveCommandAck) => void = () => {};
  #commands: RunningCommands | undefined;

  constructor() {
    onTestFinished(() => this.stop());
  }

  get commands(): RunningCommands {
    if (!this.#commands) throw new Error('not started');
    return this.#commands;
  }

  start(limits: Partial<CommandLimits> = {}): this {
    this.metrics = new MetricsRegistry();
    this.#commands = createCommands(
      { path: `${this.folder}/commands`, limits, tickMs: 0 },
      {
        publish: async (message) => {
          if (this.isBusDown) throw new Error('no broker connection');
          this.published.push(message);
        },
        feed: {
          onReadings: (listener) => {
            this.#readings = listener;
            return () => {};
          },
          onCommandAck: (listener) => {
            this.#acks = listener;
            return () => {};
          },
        },
        registry: this.registry,
        metrics: this.metrics,
        clock: () => this.now,
        log: silentLog,
      },
    );
    this.#commands.onChange((command) => this.changes.push(command));
    return this;
  }

  async stop(): Promise<void> {
    const commands = this.#commands;
    this.#commands = undefined;
    await commands?.stop();
  }

  send(request: CommandRequest = { command: 'ping', args: {} }, device = lamp): Promise<Command> {
    return this.commands.send({ device, request, by: 'operator:Ada', expiresInMs: 60_000 });
  }

  /** A reading of the device comes in. */
  live(device = lamp): void {
    this.#readings([{ device, receivedAt: this.now, readings: [] }]);
  }

  ack(payload: object | string, device = lamp): void {
    const text = typeof payload === 'string' ? payload : JSON.stringify(payload);
    this.#acks({ device, receivedAt: this.now, payload: text });
  }

  delivered(index = -1): void {
    const { topic, payload } = this.published.at(index) as OutboundMessage;
    this.commands.noteDelivered(topic, Buffer.from(payload));
  }

  pass(ms: number): void {
    this.now += ms;
    this.commands.tick();
  }

  async count(name: string, label: Record<string, string>): Promise<number | undefined> {
    const found = await this.metrics.getSingleMetric(name)?.get();
    return found?.values.find(({ labels }) =>
      Object.entries(label).every(([key, value]) => labels[key] === value),
    )?.value;
  }
}
