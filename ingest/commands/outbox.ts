import type { Logger } from 'pino';
import type { OutboundMessage } from '../../broker/bus/bus.ts';
import type { Command, CommandMessage } from '../../broker/contract/commands.ts';
import type { DeviceKey } from '../../broker/contract/ids.ts';
import { commandsTopic } from '../../broker/contract/topics.ts';
import { type Again, createAgain } from './again.ts';
import { isOpen, type KeptCommands } from './kept-commands.ts';
import { commandLimits } from './limits.ts';

export interface OutboxDeps {
  /** The way to devices: whichever bus this process has. */
  publish(message: OutboundMessage): Promise<void>;
  clock: () => number;
  log: Logger;
}

/** Publishes what has not ended: at once, and again at signs of life. */
export class CommandOutbox {
  readonly #kept: KeptCommands;
  readonly #deps: OutboxDeps;
  readonly #again: Again;
  /** Delivered in an earlier run: the answer may have come while nobody listened, so they are asked again. */
  readonly #unsure = new Set<string>();

  constructor(kept: KeptCommands, deps: OutboxDeps) {
    this.#kept = kept;
    this.#deps = deps;
    this.#again = createAgain(deps.clock);
  }

  resume({ id, device, state }: Command): void {
    if (state === 'delivered') this.#unsure.add(id);
    this.#again.sign(device, 0);
  }

  hearLife(device: DeviceKey, gapMs: number = commandLimits.againMs): void {
    if (this.#kept.hasOpen(device)) this.#again.sign(device, gapMs);
  }

  confirmed({ id }: Command): void {
    this.#unsure.delete(id);
  }

  note(command: Command): void {
    if (!isOpen(command)) this.#unsure.delete(command.id);
    if (!this.#kept.hasOpen(command.device)) this.#again.forget(command.device);
  }

  publishDue(): void {
    const now = this.#deps.clock();
    for (const device of this.#again.take(commandLimits.againPerTickMax)) {
      for (const command of this.#kept.open(device)) {
        const isWanted = command.state === 'queued' || this.#unsure.has(command.id);
        if (isWanted && command.expiresAt > now) this.publish(command);
      }
    }
  }

  publish(command: Command): void {
    const { publish, log } = this.#deps;
    const { device } = command;
    this.#again.published(device);
    publish({ topic: commandsTopic(device), payload: payloadOf(command), qos: 1 }).catch(
      (err: unknown) => {
        log.warn({ err, device }, 'command not published now');
        this.hearLife(device);
      },
    );
  }
}

function payloadOf({ id, command, args, expiresAt }: Command): string {
  return JSON.stringify({ id, command, args, expiresAt } satisfies CommandMessage);
}
