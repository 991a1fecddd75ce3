import { randomBytes } from 'node:crypto';
import type { Registry as MetricsRegistry } from 'prom-client';
import {
  type Command,
  type CommandOrder,
  type Commands,
  commandExpiryMs,
} from '../../broker/contract/commands.ts';
import { type DeviceKey, providerOf } from '../../broker/contract/ids.ts';
import type { LiveFeed } from '../../broker/contract/live.ts';
import type { Registry } from '../../broker/contract/registry.ts';
import { commandsTopic, parseTopic } from '../../broker/contract/topics.ts';
import { createAckReader } from './acks.ts';
import { CommandsFile } from './commands-file.ts';
import { type CommandLimits, isOpen, type KeptCommands } from './kept-commands.ts';
import { commandLimits } from './limits.ts';
import { CommandOutbox, type OutboxDeps } from './outbox.ts';
import { CommandShelf } from './shelf.ts';

export interface CommandsConfig {
  path: string;
  /** Other bounds than the usual ones. */
  limits?: Partial<CommandLimits>;
  /** 0: nobody ticks but the caller. */
  tickMs?: number;
}

export interface CommandsDeps extends OutboxDeps {
  feed: LiveFeed;
  registry: Pick<Registry, 'onChange'>;
  metrics: MetricsRegistry;
}

/** Commands with the ends that the rest of the process speaks into. */
export interface RunningCommands extends Commands {
  /** The built-in broker: a device's connection confirmed this message of its command topic. */
  noteDelivered(topic: string, payload: Uint8Array): void;
  /** The built-in broker: a device, or the gateway of a provider, hears this filter from now on. */
  noteSubscribed(filter: string): void;
  /** Ends what is too old, and publishes what is due again. */
  tick(): void;
  stop(): Promise<void>;
}

/**
 * Commands to devices: kept on disk, published, and again at a sign of life until the device has it or the time
 * is over. The id stays the same, so that a device does none twice.
 */
export function createCommands(config: CommandsConfig, deps: CommandsDeps): RunningCommands {
  const { clock, log, feed, registry } = deps;
  const file = new CommandsFile(config.path);
  const shelf = new CommandShelf(file, config.limits, deps);
  const outbox = new CommandOutbox(shelf.kept, deps);
  const readAck = createAckReader(deps.metrics, shelf.kept);
  const { kept } = shelf;
  for (const command of file.load()) {
    kept.put(command);
    if (isOpen(command)) outbox.resume(command);
  }
  const ends = [
    shelf.onChange((command) => outbox.note(command)),
    feed.onReadings((batch) => {
      for (const { device } of batch) outbox.hearLife(device);
    }),
    registry.onChange((news) => {
      if (news.kind === 'status' && news.status.online) outbox.hearLife(news.key);
    }),
    feed.onCommandAck((ack) => {
      const answered = readAck(ack, clock());
      if (answered) shelf.change(answered);
    }),
  ];

  function tick(): void {
    const now = clock();
    for (const command of kept.open()) {
      if (now >= command.expiresAt + commandLimits.answerMs)
        shelf.change({ ...command, state: 'expired', endedAt: now });
    }
    outbox.publishDue();
  }

  const { tickMs = commandLimits.tickMs } = config;
  const timer = tickMs > 0 ? setInterval(tick, tickMs) : undefined;
  return {
    async send(order) {
      const command = newCommand(order, clock());
      await shelf.add(command);
      outbox.publish(command);
      return command;
    },
    list: (device, limit) => kept.ofDevice(device, limit),
    get: (id) => kept.get(id),
    onChange: (listener) => shelf.onChange(listener),
    noteDelivered(topic, payload) {
      const command = kept.get(idIn(payload) ?? '');
      const parsed = parseTopic(topic);
      if (parsed?.kind !== 'commands' || command?.device !== parsed.device) return;
      outbox.confirmed(command);
      if (command.state === 'queued')
        shelf.change({ ...command, state: 'delivered', deliveredAt: clock() });
    },
    noteSubscribed(filter) {
      for (const device of devicesOf(filter, kept))
        outbox.hearLife(device, commandLimits.subscribedAgainMs);
      outbox.publishDue();
    },
    tick,
    async stop() {
      clearInterval(timer);
      for (const end of ends) end();
      await file.close().catch((err: unknown) => log.error({ err }, 'commands not closed'));
    },
  };
}

function newCommand(
  { device, request, by, expiresInMs = commandExpiryMs.default }: CommandOrder,
  createdAt: number,
): Command {
  const { command, args } = request;
  const expiresAt = createdAt + expiresInMs;
  return { id: newId(createdAt), device, command, args, state: 'queued', by, createdAt, expiresAt };
}

/** In the order of their making, and not to be guessed. */
function newId(at: number): string {
  return `${at.toString(36).padStart(9, '0')}-${randomBytes(8).toString('hex')}`;
}

function idIn(payload: Uint8Array): string | undefined {
  try {
    const { id } = JSON.parse(Buffer.from(payload).toString('utf8')) as { id?: unknown };
    return typeof id === 'string' ? id : undefined;
  } catch {
    return undefined;
  }
}

/** Devices with something to do that a filter is for: one, or those of a provider (`city/v1/<own>/+/commands`). */
function devicesOf(filter: string, kept: KeptCommands): Iterable<DeviceKey> {
  const parsed = parseTopic(filter);
  if (parsed) return [parsed.device];
  const devices = new Set(kept.open().map(({ device }) => device));
  return [...devices].filter((device) => filter === commandsTopic(`${providerOf(device)}/+`));
}
