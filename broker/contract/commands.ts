import { z } from 'zod';
import type { DeviceKind } from './device.ts';
import { DeviceKey } from './ids.ts';

const ping = z.strictObject({
  command: z.literal('ping'),
  args: z.strictObject({}).default({}),
});
const switchLamp = z.strictObject({
  command: z.literal('switch'),
  args: z.strictObject({ on: z.boolean() }),
});
const dim = z.strictObject({
  command: z.literal('dim'),
  args: z.strictObject({ level: z.number().min(0).max(100).describe('percent') }),
});
const automatic = z.strictObject({
  command: z.literal('automatic'),
  args: z.strictObject({}).default({}),
});

/**
 * What an operator may ask of a device. `switch`, `dim` and `automatic` are for lamps; a device answers what it
 * does not know with `ok: false`.
 */
export const CommandRequest = z
  .discriminatedUnion('command', [ping, switchLamp, dim, automatic])
  .describe('`automatic` gives a lamp back to its own calendar');
export type CommandRequest = z.infer<typeof CommandRequest>;

/** Whether devices of a kind can be asked for it. */
export function isCommandFor(kind: DeviceKind, command: CommandRequest['command']): boolean {
  return command === 'ping' || kind === 'light';
}

/** How long a command may wait for its device. */
export const commandExpiryMs = { default: 60_000, min: 5_000, max: 7 * 86_400_000 } as const;

const within = {
  expiresInMs: z
    .int()
    .min(commandExpiryMs.min)
    .max(commandExpiryMs.max)
    .optional()
    .describe(`how long it may wait for the device; default ${commandExpiryMs.default}`),
};

/** Body of `POST /api/v1/devices/<provider>/<device>/commands`. */
export const NewCommand = z.discriminatedUnion('command', [
  ping.extend(within),
  switchLamp.extend(within),
  dim.extend(within),
  automatic.extend(within),
]);

/**
 * `queued`: on disk, and nobody knows yet whether the device has it. `delivered`: its connection confirmed it
 * (QoS 1 at the built-in broker; elsewhere nobody tells). Then the device itself says whether it did it
 * (`acknowledged`, `failed`), or the time runs out (`expired`).
 */
export const commandStates = ['queued', 'delivered', 'acknowledged', 'failed', 'expired'] as const;
export const CommandState = z.enum(commandStates);
export type CommandState = z.infer<typeof CommandState>;

export const Command = z.object({
  id: z.string(),
  device: DeviceKey,
  command: z.string(),
  args: z.record(z.string(), z.unknown()),
  state: CommandState,
  by: z.string().max(200).describe('account that asked for it'),
  createdAt: z.int().describe('epoch ms UTC, as all below'),
  expiresAt: z.int().describe('the device does not begin it any more after this'),
  deliveredAt: z.int().optional(),
  endedAt: z.int().optional().describe('when it was acknowledged, failed or expired'),
  message: z.string().max(500).optional().describe('what the device said to it'),
});
export type Command = z.infer<typeof Command>;

export const CommandList = z.object({ commands: z.array(Command) });
export type CommandList = z.infer<typeof CommandList>;

/** Payload of `…/commands`. */
export const CommandMessage = z.object({
  id: z.string(),
  command: z.string(),
  args: z.record(z.string(), z.unknown()),
  expiresAt: z.int().describe('epoch ms UTC; a device leaves alone what is older'),
});
export type CommandMessage = z.infer<typeof CommandMessage>;

/** Payload of `…/commands/ack`. */
export const CommandAck = z.object({
  id: z.string().min(1).max(100),
  ok: z.boolean(),
  message: z.string().max(500).optional(),
});
export type CommandAck = z.infer<typeof CommandAck>;

/** Commands to devices, kept on disk, as the API sees them. */
export interface Commands {
  /** Resolves when it is on disk; it is published at once. @throws CommandsFull */
  send(order: CommandOrder): Promise<Command>;
  /** Newest first. */
  list(device: DeviceKey, limit: number): Command[];
  get(id: string): Command | undefined;
  /** Called after each change of a command. Returns the way to stop listening. */
  onChange(listener: (command: Command) => void): () => void;
}

export interface CommandOrder {
  device: DeviceKey;
  request: CommandRequest;
  by: string;
  expiresInMs?: number | undefined;
}

/** Too many commands wait: of this device, or in all. */
export class CommandsFull extends Error {
  readonly code = 'commands-full';
}
