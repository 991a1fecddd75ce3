import type { RejectReason } from '../../broker/contract/rejection.ts';
import type { Histogram } from '../histogram.ts';
import type { ByReason } from './accounts.ts';
import { total } from './accounts.ts';
import type { PlatformCounters } from './platform.ts';
import type { ReadBack } from './read-back.ts';
import type { RunOutcome } from './scenario-run.ts';
import type { WitnessFindings } from './witness.ts';

/** Durations in ms; percentiles are at most 1/64 too high. */
export interface Latency {
  count: number;
  p50: number;
  p99: number;
  p999: number;
  max: number;
}

/** What the machine and the programs are. */
export interface Surroundings {
  cpu: string;
  cores: number;
  memoryGb: number;
  os: string;
  node: string;
  version: string;
  /** What the whole process used from its start to the report. */
  cpuS: number;
  rssMb: number;
}

/** The report of a run, as `--report` writes it. */
export interface RunReport {
  scenario: string;
  seed: string;
  broker: string;
  startedAt: string;
  machine: Omit<Surroundings, 'cpuS' | 'rssMb'>;
  simulated: { from: string; to: string; speed: number | 'max'; reached: number };
  isComplete: boolean;
  elapsedS: number;
  fleet: { devices: number; connections: number; workers: number; client: string };
  messages: {
    sent: number;
    acknowledged: number;
    unanswered: number;
    resent: number;
    acknowledgedPerS: number;
  };
  /** Readings are values: a message carries several. */
  readings: {
    acknowledged: number;
    toBeStored: number;
    sentTwice: number;
    toBeRejected: ByReason;
    acknowledgedPerS: number;
    /** Messages in a format without time: nothing of them can be looked up. */
    timelessMessages: number;
  };
  ackMs: Latency;
  connectMs: Latency;
  /** From having to come back to being connected; `max` is the time until all were back. */
  backMs: Latency;
  connections: { accepted: number; drops: number; faults: number };
  /** Seen from outside; absent without the API, and when it was not read back. */
  platform?: {
    stored: number;
    lost: number;
    rejected: ByReason;
    rejectedIsComplete: boolean;
    readBack: ReadBack;
    /** Of all senders, between the first and the last look. */
    counters: PlatformCounters;
    /**
     * acknowledged = stored + sent twice + rejected + lost + this; 0 when every reading is accounted for. Below 0: a
     * message was rejected more than once, because it was sent again. Not known (0) when rejections are incomplete.
     */
    unaccounted: number;
  };
  subscriber?: WitnessFindings;
  simulator: {
    cpuS: number;
    /** From the first step to the last answer: without starting, registering and reading back. */
    cpuUsPerMessage: number;
    rssMb: number;
    /** Of the busiest thread. */
    busyShare: number;
    /** How late messages went out. */
    lateMs: Latency;
    isBottleneck: boolean;
  };
  /** What the scenario expects and did not hold; empty: all is well. */
  faults: string[];
}

/** A thread that is busy for more of the time is what limits the run. */
const busyShareMax = 0.9;

export function createRunReport(outcome: RunOutcome, surroundings: Surroundings): RunReport {
  const { config, span, state, elapsedMs } = outcome;
  const { tally, readings, rejected, backMs, lateMs } = state.accounts;
  const { cpuS, rssMb, ...machine } = surroundings;
  const elapsedS = elapsedMs / 1000;
  const perS = (count: number) => (elapsedS > 0 ? Math.round(count / elapsedS) : 0);
  const toBeRejected = total(rejected);
  const acknowledged = readings.kept + readings.repeated + toBeRejected;
  const doneMs = (state.at ?? span.toAt) - span.fromAt;
  const platform = platformOf(outcome, acknowledged - readings.repeated);
  const report: RunReport = {
    scenario: config.scenario.name,
    seed: config.seed,
    broker: config.mqttUrl,
    startedAt: new Date(outcome.startedAt).toISOString(),
    machine,
    simulated: {
      from: new Date(span.fromAt).toISOString(),
      to: new Date(span.fromAt + doneMs).toISOString(),
      speed: config.speed,
      reached: elapsedMs > 0 ? rounded(doneMs / elapsedMs) : 0,
    },
    isComplete: outcome.isComplete,
    elapsedS: rounded(elapsedS),
    fleet: {
      devices: outcome.devices,
      connections: state.connections,
      workers: config.workers,
      client: config.client,
    },
    messages: {
      sent: tally.sent,
      acknowledged: tally.acknowledged,
      unanswered: tally.sent - tally.acknowledged,
      resent: tally.resent,
      acknowledgedPerS: perS(tally.acknowledged),
    },
    readings: {
      acknowledged,
      toBeStored: readings.kept,
      sentTwice: readings.repeated,
      toBeRejected: rejected,
      acknowledgedPerS: perS(acknowledged),
      timelessMessages: readings.timeless,
    },
    ackMs: latency(tally.ackMs),
    connectMs: latency(tally.connectMs),
    backMs: latency(backMs),
    connections: { accepted: tally.connects, drops: tally.drops, faults: tally.faults },
    ...(platform ? { platform } : {}),
    ...(outcome.witness ? { subscriber: outcome.witness } : {}),
    simulator: {
      cpuS: rounded(cpuS),
      cpuUsPerMessage: tally.sent > 0 ? rounded((1e3 * outcome.cpuMs) / tally.sent) : 0,
      rssMb: Math.round(rssMb),
      busyShare: rounded(state.busyShare),
      lateMs: latency(lateMs),
      isBottleneck: state.busyShare > busyShareMax,
    },
    faults: [],
  };
  report.faults = faultsOf(report, outcome);
  return report;
}

/** @param acknowledged readings, each once */
function platformOf({ platform }: RunOutcome, acknowledged: number): RunReport['platform'] {
  if (!platform) return undefined;
  const { readBack, rejected, counters } = platform;
  const stored = readBack.equal + readBack.changed;
  return {
    stored,
    lost: readBack.lost,
    rejected: rejected.byReason,
    rejectedIsComplete: rejected.isComplete,
    readBack,
    counters,
    unaccounted: rejected.isComplete
      ? acknowledged - stored - readBack.lost - total(rejected.byReason)
      : 0,
  };
}

/** What does not hold of what the scenario expects, each in a sentence. */
function faultsOf(report: RunReport, { config, unverified }: RunOutcome): string[] {
  const { expect } = config.scenario;
  const faults: string[] = [];
  const atMost = (what: string, found: number, max: number) => {
    if (found > max) faults.push(`${found} readings ${what}, ${max} at most are expected`);
  };
  const { platform, subscriber, messages } = report;
  if (unverified !== undefined)
    faults.push(`what was acknowledged was not read back: ${unverified}`);
  if (messages.unanswered > 0 && report.isComplete)
    faults.push(`${messages.unanswered} messages were not acknowledged`);
  if (messages.acknowledged === 0) faults.push('nothing was acknowledged');
  if (platform) {
    const { readBack } = platform;
    atMost('were acknowledged and are not stored', readBack.lost, expect.lost);
    atMost('are stored with another value', readBack.changed, expect.changed);
    atMost('are stored more than once', readBack.duplicated, expect.duplicated);
    if (platform.unaccounted > 0)
      faults.push(`${platform.unaccounted} readings are neither stored nor rejected nor lost`);
    for (const reason of Object.keys(platform.rejected) as RejectReason[])
      if (!expect.rejected.includes(reason))
        faults.push(`${platform.rejected[reason]} readings were rejected as ${reason}`);
  }
  if (subscriber && subscriber.missing > 0)
    faults.push(`${subscriber.missing} acknowledged messages were not delivered to the subscriber`);
  if (subscriber?.isCut) faults.push('the subscriber lost its connection and heard not all');
  return faults;
}

function latency(histogram: Histogram): Latency {
  return {
    count: histogram.total,
    p50: rounded(histogram.percentile(0.5)),
    p99: rounded(histogram.percentile(0.99)),
    p999: rounded(histogram.percentile(0.999)),
    max: rounded(histogram.max),
  };
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}
