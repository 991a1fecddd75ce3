import { Counter, type Registry as MetricsRegistry } from 'prom-client';
import { z } from 'zod';
import { type Command, CommandAck } from '../../broker/contract/commands.ts';
import type { LiveCommandAck } from '../../broker/contract/live.ts';
import { isOpen, type KeptCommands } from './kept-commands.ts';

/** Why an answer changed nothing. Closed: the counter lists exactly these. */
const ignoredReasons = ['malformed', 'unknown', 'foreign', 'repeated', 'late'] as const;
type IgnoredReason = (typeof ignoredReasons)[number];

const messageCharsMax = 500;

/** What devices write is bounded by the payload already; a long text is cut rather than the answer lost. */
const SentAck = CommandAck.extend({
  message: z
    .string()
    .transform((text) => text.slice(0, messageCharsMax))
    .optional(),
});

/**
 * Reads answers of devices. Gives the command as it is after the answer, or undefined when that changes nothing:
 * it is malformed, of no command that is known, of another device's, or of one that has ended; each is counted.
 */
export function createAckReader(
  metrics: MetricsRegistry,
  kept: Pick<KeptCommands, 'get'>,
): (ack: LiveCommandAck, now: number) => Command | undefined {
  const ignored = new Counter({
    name: 'command_acks_ignored_total',
    help: 'Answers to commands that changed nothing, by reason',
    labelNames: ['reason'],
    registers: [metrics],
  });
  for (const reason of ignoredReasons) ignored.inc({ reason }, 0);

  return (heard, now) => {
    const ack = parse(heard.payload);
    const command = ack && kept.get(ack.id);
    const reason = faultOf(heard, ack, command);
    if (reason) ignored.inc({ reason });
    if (reason || !ack || !command) return undefined;
    return {
      ...command,
      state: ack.ok ? 'acknowledged' : 'failed',
      endedAt: now,
      ...(ack.message === undefined ? {} : { message: ack.message }),
    };
  };
}

function faultOf(
  { device }: LiveCommandAck,
  ack: CommandAck | undefined,
  command: Command | undefined,
): IgnoredReason | undefined {
  if (!ack) return 'malformed';
  if (!command) return 'unknown';
  // The topic says who speaks: the broker has checked that.
  if (command.device !== device) return 'foreign';
  if (command.state === 'expired') return 'late';
  return isOpen(command) ? undefined : 'repeated';
}

function parse(payload: string): CommandAck | undefined {
  try {
    return SentAck.safeParse(JSON.parse(payload)).data;
  } catch {
    return undefined;
  }
}
