import { describe, expect, it } from 'vitest';
import { Accounts } from '../../../firmware-sim/run/accounts.ts';
import { formatRunReport } from '../../../firmware-sim/run/format-report.ts';
import { createRunReport } from '../../../firmware-sim/run/run-report.ts';
import type { RunOutcome } from '../../../firmware-sim/run/scenario-run.ts';
import { loadScenario } from '../../../firmware-sim/scenario.ts';

const machine = {
  ...{ cpu: 'a cpu', cores: 2, memoryGb: 8, os: 'Linux', node: '20', version: '1.0.0' },
  ...{ cpuS: 2, rssMb: 100 },
};
const readBack = {
  ...{ keys: 100, equal: 100, lost: 0, changed: 0, duplicated: 0, extra: 0, unanswered: 0 },
  series: { checked: 4, differing: 0 },
  examples: [],
};

/** A run in which 100 readings were stored and 3 rejected as they should be. */
function outcome(
  changes: { found?: Partial<typeof readBack>; rejected?: number } = {},
): RunOutcome {
  const loaded = loadScenario('bad-firmware');
  if ('faults' in loaded) throw new Error(loaded.faults.join());
  const accounts = new Accounts();
  Object.assign(accounts.tally, { sent: 50, acknowledged: 50 });
  accounts.readings.kept = 100;
  accounts.readings.repeated = 2;
  accounts.rejected['out-of-range'] = 3;
  const rejected = { 'out-of-range': changes.rejected ?? 3 };
  return {
    config: {
      ...{ scenario: loaded.scenario, seed: 'demo', mqttUrl: 'mqtt://h', speed: 1, workers: 1 },
      ...{ client: 'lean', devicesPerConnection: 1, samplesPerMessage: 1, isWitnessed: false },
    },
    ...{ devices: 5, span: { fromAt: 0, toAt: 10_000 }, startedAt: 0 },
    ...{ elapsedMs: 10_000, cpuMs: 500 },
    isComplete: true,
    state: {
      ...{ at: undefined, connections: 5, connected: 5, off: 0, inFlight: 0, busyShare: 0.5 },
      accounts,
    },
    platform: {
      counters: { received: 105, stored: 100, duplicate: 2, rejected },
      rejected: { byReason: rejected, isComplete: true },
      readBack: { ...readBack, ...changes.found },
    },
  };
}

const faultsOf = (run: RunOutcome) => createRunReport(run, machine).faults;

describe('createRunReport', () => {
  it('is content when every reading is accounted for', () => {
    const report = createRunReport(outcome(), machine);
    expect(report.faults).toEqual([]);
    expect(report.readings).toMatchObject({ acknowledged: 105, toBeStored: 100, sentTwice: 2 });
    expect(report.platform).toMatchObject({ stored: 100, lost: 0, unaccounted: 0 });
    expect(report.simulator).toMatchObject({ cpuUsPerMessage: 10_000, isBottleneck: false });
    const text = formatRunReport(report);
    expect(text).toContain(
      '105 acknowledged (11/s) = 100 stored + 2 sent twice + 3 rejected + 0 lost',
    );
    expect(text).toContain('as expected');
  });

  it.each([
    ['lost', { found: { equal: 98, lost: 2 } }, '2 readings were acknowledged and are not stored'],
    ['changed', { found: { equal: 99, changed: 1 } }, 'stored with another value'],
    ['stored twice', { found: { duplicated: 1 } }, 'stored more than once'],
    [
      'rejected and not told',
      { rejected: 1 },
      '2 readings are neither stored nor rejected nor lost',
    ],
  ])('finds fault with what was %s', (_what, changes, fault) => {
    const found = faultsOf(outcome(changes));
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(fault);
    expect(formatRunReport(createRunReport(outcome(changes), machine))).toContain(
      'NOT as expected',
    );
  });

  it('finds fault with a reason that is not expected, and with what nobody answered for', () => {
    const run = outcome();
    if (run.platform) run.platform.rejected.byReason = { 'unknown-device': 3 };
    run.state.accounts.tally.acknowledged = 49;
    expect(faultsOf(run).join()).toMatch(/1 messages were not acknowledged.*unknown-device/);
  });

  it('finds fault with what could not be read back', () => {
    const { platform: _, ...run } = outcome();
    const report = createRunReport({ ...run, unverified: 'no answer' }, machine);
    expect(report.faults).toEqual(['what was acknowledged was not read back: no answer']);
    expect(formatRunReport(report)).toContain('readings      105 acknowledged');
  });

  it('says when time ran slower than it should', () => {
    const run = outcome();
    const simulatedOf = ({ elapsedMs }: { elapsedMs: number }) =>
      formatRunReport(createRunReport({ ...run, elapsedMs }, machine)).match(
        /, (.* real time.*)/,
      )?.[1];
    expect(simulatedOf({ elapsedMs: 10_000 })).toBe('1 × real time');
    expect(simulatedOf({ elapsedMs: 20_000 })).toBe('0.5 × real time instead of 1 ×');
  });

  it('says when the simulator itself was the limit', () => {
    const run = outcome();
    run.state.busyShare = 0.97;
    expect(formatRunReport(createRunReport(run, machine))).toContain('WAS the bottleneck');
  });

  it('finds fault with what a subscriber did not hear', () => {
    const run = outcome();
    run.witness = { heard: 49, missing: 1, more: 0, overflowed: 0, isCut: false };
    expect(faultsOf(run).join()).toContain('1 acknowledged messages were not delivered');
  });
});
