import type {
  DeviceDiagnostics,
  MessageTrace,
  Refusal,
} from '../../../broker/contract/diagnostics.ts';
import { qualityFlags } from '../../../broker/contract/quality.ts';
import type { RejectReason } from '../../../broker/contract/rejection.ts';
import type { DeviceStatus } from '../../../broker/contract/standing.ts';

/** What is known of a device when its page asks: does it work, and if not, why not. */
export interface Known {
  status: DeviceStatus;
  /** Last sign of life, epoch ms of the server's clock. */
  seenAt: number | undefined;
  now: number;
  expectedIntervalMs: number;
  /** Missing: who looks may not see what was sent, or it is not read yet. */
  diagnostics?: DeviceDiagnostics | undefined;
}

/** What was refused of a message: a rule, how often, and of which fields. */
export interface RefusedPart {
  reason: RejectReason;
  count: number;
  fields: string[];
  detail: string;
}

/** The one sentence that stands on top. `tone`: 0 all is well, 1 look at it, 2 it does not work. */
export type Verdict =
  | { code: 'works'; tone: 0; ageMs: number; dueInMs: number }
  | { code: 'partly'; tone: 1; rejected: number; of: number; parts: RefusedPart[]; ageMs: number }
  | { code: 'stale'; tone: 1; ageMs: number; missed: number }
  | { code: 'never'; tone: 1 }
  | { code: 'silent'; tone: 2; ageMs: number; missed: number }
  | { code: 'said-offline'; tone: 2; ageMs: number }
  | { code: 'all-rejected'; tone: 2; parts: RefusedPart[]; ageMs: number }
  | { code: 'refused'; tone: 2; refusal: Refusal; refusedMs: number; heardMs: number | undefined }
  | { code: 'not-kept'; tone: 2; ageMs: number }
  | { code: 'unregistered'; tone: 2; ageMs: number | undefined };

/** Judges a device. The order is that of causes: who is turned away at the door is silent because of that. */
export function verdictOf(known: Known): Verdict {
  const { diagnostics, now } = known;
  const last = diagnostics?.messages[0];
  const heardAt = latest(known.seenAt, last?.receivedAt);
  if (diagnostics && !diagnostics.registered) {
    const at = latest(heardAt, diagnostics.rejections[0]?.at);
    return { code: 'unregistered', tone: 2, ageMs: at === undefined ? undefined : now - at };
  }
  const refused = refusedSince(diagnostics, heardAt, now);
  if (refused && known.status !== 'ok') {
    const heardMs = heardAt === undefined ? undefined : now - heardAt;
    return { code: 'refused', tone: 2, ...refused, heardMs };
  }
  const ofMessage = last && verdictOfMessage(last, now);
  // A fresh message says more than the silence before it.
  if (ofMessage && (ofMessage.code !== 'partly' || known.status === 'ok')) return ofMessage;
  return verdictOfSilence(known);
}

function verdictOfMessage(last: MessageTrace, now: number): Verdict | undefined {
  const ageMs = now - last.receivedAt;
  if (last.kept === false) return { code: 'not-kept', tone: 2, ageMs };
  if (last.rejectedCount === 0) return undefined;
  const parts = refusedParts(last);
  if (last.acceptedCount === 0) return { code: 'all-rejected', tone: 2, parts, ageMs };
  const of = last.acceptedCount + last.rejectedCount;
  return { code: 'partly', tone: 1, rejected: last.rejectedCount, of, parts, ageMs };
}

function verdictOfSilence({
  status,
  seenAt,
  now,
  expectedIntervalMs,
  diagnostics,
}: Known): Verdict {
  if (seenAt === undefined || status === 'never') return { code: 'never', tone: 1 };
  const ageMs = now - seenAt;
  const missed = Math.max(1, Math.floor(ageMs / expectedIntervalMs));
  if (status === 'ok')
    return { code: 'works', tone: 0, ageMs, dueInMs: expectedIntervalMs - ageMs };
  if (status === 'stale') return { code: 'stale', tone: 1, ageMs, missed };
  const reported = diagnostics?.reported;
  if (reported && !reported.online && reported.at >= seenAt)
    return { code: 'said-offline', tone: 2, ageMs: now - reported.at };
  return { code: 'silent', tone: 2, ageMs, missed };
}

/** The newest refusal, if nothing was heard of the device after it. */
function refusedSince(
  diagnostics: DeviceDiagnostics | undefined,
  heardAt: number | undefined,
  now: number,
): { refusal: Refusal; refusedMs: number } | undefined {
  let newest: Refusal | undefined;
  for (const refusal of diagnostics?.refusals ?? [])
    if (!newest || refusal.lastAt > newest.lastAt) newest = refusal;
  if (!newest || (heardAt !== undefined && newest.lastAt <= heardAt)) return undefined;
  return { refusal: newest, refusedMs: now - newest.lastAt };
}

/** Rejections of a message by rule, the most frequent first. */
export function refusedParts({ rejections }: Pick<MessageTrace, 'rejections'>): RefusedPart[] {
  const parts = new Map<RejectReason, RefusedPart>();
  for (const { reason, field, detail } of rejections) {
    const part = parts.get(reason) ?? { reason, count: 0, fields: [], detail };
    part.count += 1;
    if (field !== undefined && !part.fields.includes(field)) part.fields.push(field);
    parts.set(reason, part);
  }
  return [...parts.values()].sort((a, b) => b.count - a.count);
}

/** What is worth a look although the device works. */
export type Note =
  | { code: 'clock-ahead' | 'clock-behind'; byMs: number }
  | { code: 'doubted'; count: number; of: number }
  | { code: 'unknown'; what: DeviceDiagnostics['unknown'][number] };

/** Clocks within this are as good as a device's usually is. */
const clockAheadMs = 2_000;
const clockBehindMs = 120_000;

/** Notes beside the verdict, in the order of weight. */
export function notesOf({ diagnostics }: Pick<Known, 'diagnostics'>): Note[] {
  if (!diagnostics) return [];
  const notes: Note[] = [];
  const { clock, messages } = diagnostics;
  if (clock && clock.behindMs < -clockAheadMs)
    notes.push({ code: 'clock-ahead', byMs: -clock.behindMs });
  if (clock && clock.behindMs > clockBehindMs)
    notes.push({ code: 'clock-behind', byMs: clock.behindMs });
  const readings = messages[0]?.accepted ?? [];
  const doubted = readings.filter(
    ({ flag }) => flag === qualityFlags.suspect || flag === qualityFlags.bad,
  ).length;
  if (doubted > 0) notes.push({ code: 'doubted', count: doubted, of: readings.length });
  for (const what of diagnostics.unknown) notes.push({ code: 'unknown', what });
  return notes;
}

function latest(a: number | undefined, b: number | undefined): number | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return Math.max(a, b);
}
