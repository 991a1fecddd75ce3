import type { DeviceLedger } from './ledger.ts';

/** What came back of the store for one device. */
export interface StoredRows {
  at: readonly number[];
  value: readonly (number | null)[];
}

export interface Verdict {
  /** Keys that were acknowledged. */
  acked: number;
  /** Rows that the store gave back. */
  stored: number;
  /** Acknowledged keys without a row. */
  lost: number;
  /** Rows beyond the first with one key. */
  duplicated: number;
  /** Rows whose value is not the one that was sent. */
  changed: number;
  /** Rows that nobody sent. */
  invented: number;
  /** Some of the faults, in words; bounded. */
  examples: string[];
}

const examplesMax = 10;

export function noVerdict(): Verdict {
  return {
    acked: 0,
    stored: 0,
    lost: 0,
    duplicated: 0,
    changed: 0,
    invented: 0,
    examples: [],
  };
}

/** Compares what a device was promised with what is stored. A row that was sent but not acknowledged is fine. */
export function judge(ledger: DeviceLedger, rows: StoredRows): Verdict {
  const verdict = { ...noVerdict(), acked: ledger.acked.size, stored: rows.at.length };
  const seen = new Set<number>();
  const note = (fault: 'lost' | 'duplicated' | 'changed' | 'invented', at: number): void => {
    verdict[fault]++;
    if (verdict.examples.length < examplesMax)
      verdict.examples.push(`${fault}: ${ledger.device} ${new Date(at).toISOString()}`);
  };
  rows.at.forEach((at, index) => {
    if (seen.has(at)) note('duplicated', at);
    seen.add(at);
    if (!ledger.sent(at)) note('invented', at);
    else if (rows.value[index] !== ledger.valueOf(at)) note('changed', at);
  });
  for (const at of ledger.acked) if (!seen.has(at)) note('lost', at);
  return verdict;
}

/** Verdicts over several devices as one. */
export function sumUp(verdicts: readonly Verdict[]): Verdict {
  const sum = noVerdict();
  for (const verdict of verdicts) {
    for (const name of countNames) sum[name] += verdict[name];
    sum.examples = [...sum.examples, ...verdict.examples].slice(0, examplesMax);
  }
  return sum;
}

const countNames = ['acked', 'stored', 'lost', 'duplicated', 'changed', 'invented'] as const;

/** What `/metrics` said of one process that is at rest. */
export interface Counters {
  received: number;
  stored: number;
  duplicate: number;
  rejected: number;
}

/** At rest received = stored + rejected + duplicate, and nothing of this load is rejected. */
export function reconcile(counters: Counters): boolean {
  const { received, stored, duplicate, rejected } = counters;
  return received === stored + duplicate + rejected && rejected === 0;
}

/** Whether a check leaves the promise standing. */
export function isKept(check: {
  verdict: Verdict;
  unanswered: number;
  counters?: Counters;
}): boolean {
  const { verdict, unanswered, counters } = check;
  const { lost, duplicated, changed, invented, acked } = verdict;
  // A run without any acknowledgement has shown nothing.
  if (acked === 0 || unanswered > 0) return false;
  if (lost + duplicated + changed + invented > 0) return false;
  return counters === undefined || reconcile(counters);
}
