import type { Refusal } from '../../../broker/contract/diagnostics.ts';
import type { Wording } from '../state/describe.ts';
import { formatDuration } from '../state/format.ts';
import { didYouMean } from './did-you-mean.ts';
import type { Note, RefusedPart, Verdict } from './verdict.ts';

/** Fields of one rule, and rules, that a sentence names; the rest is counted. */
const fieldsMax = 2;
const partsMax = 2;

/** The verdict as one sentence. `metrics`: names that may have been meant. `isPublic`: attempts are not shown. */
export function verdictText(
  wording: Wording,
  verdict: Verdict,
  { metrics, isPublic }: { metrics: readonly string[]; isPublic: boolean },
): string {
  const { ago, device: t } = wording.messages;
  const { count } = wording.formats;
  const since = (ms: number): string => ago(formatDuration(ms));
  const why = (parts: readonly RefusedPart[]): string => partsText(wording, parts, metrics);
  switch (verdict.code) {
    case 'works': {
      const { ageMs, dueInMs } = verdict;
      const due =
        dueInMs >= 0 ? t.nextDue(formatDuration(dueInMs)) : t.overdue(formatDuration(-dueInMs));
      return t.verdict.works(since(ageMs), due);
    }
    case 'partly':
      return t.verdict.partly(count(verdict.rejected), count(verdict.of), why(verdict.parts));
    case 'all-rejected':
      return t.verdict.allRejected(since(verdict.ageMs), why(verdict.parts));
    case 'stale':
      return t.verdict.stale(since(verdict.ageMs), count(verdict.missed));
    case 'silent':
      return t.verdict.silent(since(verdict.ageMs), count(verdict.missed));
    case 'said-offline':
      return t.verdict.saidOffline(since(verdict.ageMs));
    case 'never':
      return isPublic ? t.verdict.neverPublic : t.verdict.never;
    case 'refused': {
      const reason = refusalText(wording, verdict.refusal);
      return verdict.heardMs === undefined
        ? t.verdict.refusedNever(since(verdict.refusedMs), reason)
        : t.verdict.refused(since(verdict.refusedMs), reason);
    }
    case 'not-kept':
      return t.verdict.notKept(since(verdict.ageMs));
    case 'unregistered':
      return t.verdict.unregistered;
  }
}

/** A refusal in words: `wrong token (user ulm)`. */
export function refusalText({ messages }: Wording, { reason, user, topic }: Refusal): string {
  const t = messages.device;
  const about = [
    ...(user === undefined ? [] : [t.forUser(user)]),
    ...(topic === undefined ? [] : [t.forTopic(topic)]),
  ];
  return about.length === 0 ? t.refuse[reason] : `${t.refuse[reason]} (${about.join(', ')})`;
}

function partsText(
  wording: Wording,
  parts: readonly RefusedPart[],
  metrics: readonly string[],
): string {
  const { more } = wording.messages.device;
  const named = parts.slice(0, partsMax).map((part) => partText(wording, part, metrics));
  const rest = parts.length - named.length;
  return [...named, ...(rest > 0 ? [more(wording.formats.count(rest))] : [])].join('; ');
}

function partText(
  { messages, formats }: Wording,
  { reason, fields }: RefusedPart,
  metrics: readonly string[],
): string {
  const t = messages.device;
  const named = fields.slice(0, fieldsMax).map((field) => {
    const meant = reason === 'unknown-metric' ? didYouMean(field, metrics) : undefined;
    return meant === undefined ? t.quoted(field) : `${t.quoted(field)}, ${t.meant(meant)}`;
  });
  const rest = fields.length - named.length;
  const list = [...named, ...(rest > 0 ? [t.more(formats.count(rest))] : [])].join(', ');
  return list === '' ? t.reject[reason] : `${t.reject[reason]} ${list}`;
}

/** What to do next, most helpful first. */
export function adviceOf({ messages }: Wording, verdict: Verdict): string[] {
  const t = messages.device;
  switch (verdict.code) {
    case 'works':
      return [];
    case 'partly':
    case 'all-rejected':
      return [
        ...verdict.parts.slice(0, partsMax).map(({ reason }) => t.rejectAdvice[reason]),
        t.advice.replay,
      ];
    case 'refused': {
      const advice: Readonly<Record<string, string>> = t.refuseAdvice;
      return [advice[verdict.refusal.reason] ?? t.refuseAdvice.other];
    }
    case 'stale':
    case 'silent':
      return [t.advice.silent];
    case 'said-offline':
      return [t.advice.saidOffline];
    case 'never':
      return [t.advice.never];
    case 'not-kept':
      return [t.advice.notKept];
    case 'unregistered':
      return [t.advice.unregistered];
  }
}

/** A note in words. */
export function noteText({ messages, formats }: Wording, note: Note): string {
  const t = messages.device.notes;
  switch (note.code) {
    case 'clock-ahead':
      return t.clockAhead(formatDuration(note.byMs));
    case 'clock-behind':
      return t.clockBehind(formatDuration(note.byMs));
    case 'doubted':
      return t.doubted(formats.count(note.count), formats.count(note.of));
    case 'unknown':
      return t.unknown[note.what];
  }
}
