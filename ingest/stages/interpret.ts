import type { InboundMessage } from '../../broker/bus/bus.ts';
import { type DeviceKey, deviceKey, isId } from '../../broker/contract/ids.ts';
import type { Reading } from '../../broker/contract/reading.ts';
import type { Rejection, Sender } from '../../broker/contract/rejection.ts';
import { parseStatus } from '../../broker/contract/status.ts';
import { parseTopic } from '../../broker/contract/topics.ts';
import type { DecodedDevice } from '../decode/decoder.ts';
import { shown } from '../decode/decoder.ts';
import { decode } from '../decode/registry.ts';
import type { InterpretedEntry } from '../journal/entry.ts';
import { ingestLimits } from '../limits.ts';
import { type Bounds, validate } from './validate.ts';

/** What interpreting needs to know beside the message. */
export interface InterpretContext {
  /** Older readings are rejected; epoch ms. */
  oldestAt: number;
  /** The dialect that a device's description names. */
  dialectOf(device: DeviceKey): string | undefined;
  /** Whether readings of this device may be taken; it may be announced by this. */
  admit(
    message: InboundMessage,
    device: DeviceKey,
    readings: readonly Reading[],
  ): Rejection | undefined;
}

/** Provider that devices without an account get under `ENROLMENT=open` when only their body names them. */
const openProvider = 'open';

/**
 * Turns a message into what will be journalled: one entry per device in it, at least one. Never
 * throws for bad input: what is wrong becomes a rejection inside the entry.
 */
export function interpret(message: InboundMessage, context: InterpretContext): InterpretedEntry[] {
  const topic = parseTopic(message.topic);
  if (topic?.kind === 'status') return [interpretStatus(message, topic.device)];
  if (topic?.kind === 'command-ack') {
    return [{ ...emptyEntry(message, topic.device), commandAck: textOf(message) }];
  }
  return interpretReadings(message, topic?.device, context);
}

function emptyEntry(message: InboundMessage, device: DeviceKey | undefined): InterpretedEntry {
  return { device, receivedAt: message.receivedAt, readings: [] };
}

function textOf(message: InboundMessage): string {
  return Buffer.from(message.payload).toString('utf8');
}

function interpretStatus(message: InboundMessage, device: DeviceKey): InterpretedEntry {
  const entry = emptyEntry(message, device);
  // An empty retained payload clears the retained status [MQTT-3.3.1-10]; it says nothing of the device.
  if (message.payload.length === 0) return entry;
  const status = parseStatus(textOf(message));
  if (status) return { ...entry, online: status.online };
  const detail = `status must be online or offline, got ${shown(textOf(message))}`;
  return withRejections(entry, message, [{ reason: 'malformed-payload', field: 'status', detail }]);
}

function interpretReadings(
  message: InboundMessage,
  topicDevice: DeviceKey | undefined,
  context: InterpretContext,
): InterpretedEntry[] {
  const dialect = message.dialect ?? (topicDevice && context.dialectOf(topicDevice));
  const decoded = decode({ ...message, dialect });
  if (decoded.rejection) {
    const entry = emptyEntry(message, topicDevice ?? accountDevice(message));
    return [withRejections(entry, message, [decoded.rejection], decoded.dialect)];
  }
  const parts = decoded.devices.length > 0 ? decoded.devices : [{ readings: [], rejections: [] }];
  const entries = parts.map((part: DecodedDevice) => {
    const device = identify(message, topicDevice, part.device);
    return interpretDevice(message, { device, part, dialect: decoded.dialect }, context);
  });
  return withFewCopies(entries, message);
}

/** A message may name thousands of devices: its bytes are kept with some of them, not with all. */
function withFewCopies(entries: InterpretedEntry[], message: InboundMessage): InterpretedEntry[] {
  const copyBytes = Math.ceil(message.payload.length / 3) * 4;
  const copiesMax = Math.max(1, Math.floor(ingestLimits.payloadCopiesBytesMax / copyBytes));
  const rejected = entries.filter((entry) => entry.rejected);
  if (rejected.length <= copiesMax) return entries;
  const surplus = new Set(rejected.slice(copiesMax));
  const last = rejected[copiesMax - 1];
  const all = [last, ...surplus].flatMap((entry) => entry?.rejected?.rejections ?? []);
  return entries.flatMap((entry) => {
    if (entry === last) return withRejections(entry, message, all, entry.rejected?.dialect);
    if (!surplus.has(entry)) return entry;
    const { rejected: _, ...rest } = entry;
    return rest.readings.length > 0 ? rest : [];
  });
}

function listed(rejections: Rejection[]): Rejection[] {
  const { rejectionsPerEntryMax } = ingestLimits;
  const more = rejections.length - rejectionsPerEntryMax + 1;
  if (more <= 1) return rejections;
  const detail = `${more} further rejections of the message are not listed`;
  return [...rejections.slice(0, -more), { reason: 'too-many-readings', detail }];
}

interface DevicePart {
  device: DeviceKey | undefined;
  part: DecodedDevice;
  dialect: string | undefined;
}

function interpretDevice(
  message: InboundMessage,
  { device, part, dialect }: DevicePart,
  context: InterpretContext,
): InterpretedEntry {
  const entry = emptyEntry(message, device);
  const bounds: Bounds = { receivedAt: message.receivedAt, oldestAt: context.oldestAt };
  const readings: Reading[] = [];
  const rejections: Rejection[] = [...part.rejections];
  let untimed = 0;
  for (const sent of part.readings) {
    const result = validate(sent, bounds);
    if ('reading' in result) {
      readings.push(result.reading);
      if (sent.at === undefined) untimed += 1;
    } else rejections.push(result.rejection);
  }
  if (readings.length === 0 && rejections.length === 0) {
    rejections.push({ reason: 'empty-message', detail: 'the message has no reading' });
  }
  const refusal = device
    ? readings.length > 0 && context.admit(message, device, readings)
    : unnamed(part.device);
  // A device that may not speak is told so for each reading it tried, so that the counters add up.
  if (refusal)
    rejections.push(...readings.splice(0).map(({ metric }) => ({ ...refusal, field: metric })));
  entry.readings = readings;
  if (dialect !== undefined) entry.dialect = dialect;
  if (untimed > 0 && readings.length > 0) entry.untimed = untimed;
  return rejections.length === 0 ? entry : withRejections(entry, message, rejections, dialect);
}

/** Identity: the topic, then the account of a device, then what the body says under the account's provider. */
function identify(
  message: InboundMessage,
  topicDevice: DeviceKey | undefined,
  named: string | undefined,
): DeviceKey | undefined {
  const known = topicDevice ?? accountDevice(message);
  if (known) return known;
  if (named === undefined || !isId(named)) return undefined;
  const { account } = message;
  if (account?.kind === 'provider') return deviceKey(account.provider, named);
  return account?.kind === 'anonymous' ? deviceKey(openProvider, named) : undefined;
}

function accountDevice({ account }: InboundMessage): DeviceKey | undefined {
  return account?.kind === 'device' ? account.device : undefined;
}

function unnamed(named: string | undefined): Rejection {
  return {
    reason: 'unknown-device',
    detail: `neither topic nor account nor message name the device, got ${shown(named ?? null)}`,
  };
}

function withRejections(
  entry: InterpretedEntry,
  message: InboundMessage,
  rejections: Rejection[],
  dialect?: string,
): InterpretedEntry {
  return {
    ...entry,
    rejected: {
      topic: message.topic,
      ...(dialect === undefined ? {} : { dialect }),
      rejections: listed(rejections),
      payload: rawBytesOf(message),
      ...(message.replayOf === undefined ? {} : { replayOf: message.replayOf }),
      ...senderOf(message),
    },
  };
}

/** What a replay will need to come to the same device and dialect. */
function senderOf({ account, dialect, headers }: InboundMessage): { sender?: Sender } {
  if (!account && dialect === undefined && !headers) return {};
  const sender: Sender = {
    ...(account ? { account } : {}),
    ...(dialect === undefined ? {} : { dialect }),
    ...(headers ? { headers } : {}),
  };
  return { sender };
}

/** One text for all entries of a message, however many devices it names. */
function rawBytesOf(message: InboundMessage): string {
  let text = rawBytes.get(message);
  if (text === undefined) {
    text = Buffer.from(message.payload).toString('base64');
    rawBytes.set(message, text);
  }
  return text;
}

const rawBytes = new WeakMap<InboundMessage, string>();
