import type { Wording } from '../state/describe.ts';
import { nbsp } from '../state/format.ts';
import type { StatusFinding } from './findings.ts';

/** A short time in ms or s. */
export function msText({ formats }: Wording, ms: number): string {
  if (ms >= 10_000) return `${formats.number(ms / 1_000, 0)}${nbsp}s`;
  if (ms >= 1_000) return `${formats.number(ms / 1_000, 1)}${nbsp}s`;
  return `${formats.number(ms, ms < 10 ? 1 : 0)}${nbsp}ms`;
}

/** A size in the largest binary unit of which there is at least one. */
export function bytesText({ formats }: Wording, bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  const step = Math.min(
    units.length - 1,
    Math.max(0, Math.floor(Math.log2(Math.max(1, bytes)) / 10)),
  );
  return `${formats.number(bytes / 1024 ** step, step === 0 ? 0 : 1)}${nbsp}${units[step]}`;
}

export function shareText({ formats }: Wording, share: number): string {
  return `${formats.number(share * 100, share < 0.1 ? 1 : 0)}${nbsp}%`;
}

/** A finding as one sentence. */
export function findingText(wording: Wording, finding: StatusFinding): string {
  const t = wording.messages.status;
  const { count } = wording.formats;
  switch (finding.code) {
    case 'part':
      return t.finding.part(t.partName[finding.name] ?? finding.name, finding.detail ?? t.partBad);
    case 'lost':
      return t.finding.lost(count(finding.count));
    case 'damaged':
      return t.finding.damaged(bytesText(wording, finding.bytes));
    case 'journal-filling':
      return t.finding.journal(shareText(wording, finding.share));
    case 'slow': {
      const ways = { kept: t.kept, stored: t.inStore, frame: t.frame };
      return t.finding.slow(ways[finding.what], msText(wording, finding.ms));
    }
    case 'loop':
      return t.finding.loop(msText(wording, finding.ms));
    case 'rejected':
      return t.finding.rejected(shareText(wording, finding.share));
    case 'throttled':
      return t.finding.throttled(count(finding.count));
    case 'job':
      return t.finding.job(finding.name, finding.error);
  }
}
