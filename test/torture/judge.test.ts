import { describe, expect, it } from 'vitest';
import { isKept, judge, noVerdict, reconcile, type StoredRows, sumUp } from './judge.ts';
import { DeviceLedger } from './ledger.ts';

const startAt = Date.UTC(2026, 0, 1);

/** A device that sent ten keys, of which the first eight were acknowledged. */
function tenSent(): DeviceLedger {
  const ledger = new DeviceLedger('torture/qos1-0', startAt, 7);
  for (let index = 0; index < 10; index++) {
    const at = ledger.next();
    if (index < 8) ledger.acked.add(at);
  }
  return ledger;
}

function rowsOf(ledger: DeviceLedger, count: number): { at: number[]; value: number[] } {
  const at = Array.from({ length: count }, (_, index) => ledger.startAt + index);
  return { at, value: at.map((key) => ledger.valueOf(key)) };
}

function faultsOf(ledger: DeviceLedger, rows: StoredRows): object {
  const { lost, duplicated, changed, invented } = judge(ledger, rows);
  return { lost, duplicated, changed, invented };
}

const none = { lost: 0, duplicated: 0, changed: 0, invented: 0 };

describe('the judge of the crash harness', () => {
  it('sees an acknowledged reading that is missing', () => {
    const ledger = tenSent();
    const { at, value } = rowsOf(ledger, 8);
    const rows = { at: at.toSpliced(3, 1), value: value.toSpliced(3, 1) };
    expect(faultsOf(ledger, rows)).toEqual({ ...none, lost: 1 });
    expect(judge(ledger, rows).examples).toEqual(['lost: torture/qos1-0 2026-01-01T00:00:00.003Z']);
  });

  it('sees a store that is empty', () => {
    expect(faultsOf(tenSent(), { at: [], value: [] })).toEqual({ ...none, lost: 8 });
  });

  it('sees a second row of one key, with the same value too', () => {
    const ledger = tenSent();
    const { at, value } = rowsOf(ledger, 8);
    const rows = { at: [...at, startAt + 2], value: [...value, ledger.valueOf(startAt + 2)] };
    expect(faultsOf(ledger, rows)).toEqual({ ...none, duplicated: 1 });
  });

  it('sees a changed value, of a reading without an ack too', () => {
    const ledger = tenSent();
    const { at, value } = rowsOf(ledger, 10);
    const changed = value.with(0, 99_999).with(9, Number.NaN);
    expect(faultsOf(ledger, { at, value: changed })).toEqual({ ...none, changed: 2 });
  });

  it('sees a row that nobody sent', () => {
    const ledger = tenSent();
    const { at, value } = rowsOf(ledger, 8);
    const rows = { at: [...at, startAt - 1, startAt + 10], value: [...value, 1, 1] };
    expect(faultsOf(ledger, rows)).toEqual({ ...none, invented: 2 });
  });

  it('lets a reading be stored or not while it has no ack', () => {
    const ledger = tenSent();
    for (const count of [8, 9, 10]) expect(faultsOf(ledger, rowsOf(ledger, count))).toEqual(none);
  });

  it('gives neighbouring keys and devices values of their own, the same at every time', () => {
    const ledger = tenSent();
    const { value } = rowsOf(ledger, 10);
    expect(new Set(value).size).toBeGreaterThan(8);
    expect(rowsOf(tenSent(), 10).value).toEqual(value);
    const other = new DeviceLedger('torture/qos1-1', startAt, 7);
    expect(rowsOf(other, 10).value).not.toEqual(value);
  });
});

describe('a check of the crash harness', () => {
  const good = { ...noVerdict(), acked: 5, stored: 5 };
  const counters = { received: 7, stored: 5, duplicate: 2, rejected: 0 };

  it('holds when nothing is wrong', () => {
    expect(isKept({ verdict: good, unanswered: 0, counters })).toBe(true);
    expect(isKept({ verdict: good, unanswered: 0 })).toBe(true);
  });

  it.each(['lost', 'duplicated', 'changed', 'invented'] as const)('fails with one %s', (fault) => {
    expect(isKept({ verdict: { ...good, [fault]: 1 }, unanswered: 0 })).toBe(false);
  });

  it('fails when nothing was acknowledged, or an ack never came', () => {
    expect(isKept({ verdict: noVerdict(), unanswered: 0 })).toBe(false);
    expect(isKept({ verdict: good, unanswered: 1 })).toBe(false);
  });

  it('fails when counters do not reconcile, or a good reading was rejected', () => {
    for (const wrong of [
      { ...counters, received: 8 },
      { ...counters, received: 8, rejected: 1 },
    ]) {
      expect(reconcile(wrong)).toBe(false);
      expect(isKept({ verdict: good, unanswered: 0, counters: wrong })).toBe(false);
    }
  });

  it('adds devices up without hiding the fault of one', () => {
    const bad = { ...good, lost: 1, examples: ['lost: x'] };
    const sum = sumUp([good, bad, good]);
    expect(sum).toEqual({ ...noVerdict(), acked: 15, stored: 15, lost: 1, examples: ['lost: x'] });
  });
});
