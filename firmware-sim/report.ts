import type { Tally } from './tally.ts';
import type { Verification } from './verify.ts';

/** What came of a run; the JSON of `--json`. Durations in ms, rate in messages per second. */
export interface SimulationReport {
  devices: number;
  connections: { planned: number; open: number; drops: number; faults: number };
  elapsedMs: number;
  sent: number;
  acknowledged: number;
  errors: number;
  skipped: number;
  /** Acknowledged messages per second since the start. */
  rate: number;
  ackMs: { p50: number; p99: number; max: number };
  history?: { sent: number; acknowledged: number; errors: number; finished: boolean };
  verification?: Verification;
}

export interface ReportInput {
  devices: number;
  connections: { planned: number; open: number };
  elapsedMs: number;
  tally: Tally;
  history?: { tally: Tally; finished: boolean } | undefined;
}

export function createReport(input: ReportInput): SimulationReport {
  const { tally, history, elapsedMs } = input;
  const { sent, acknowledged, errors, skipped, ackMs } = tally;
  return {
    devices: input.devices,
    connections: { ...input.connections, drops: tally.drops, faults: tally.faults },
    elapsedMs,
    sent,
    acknowledged,
    errors,
    skipped,
    rate: elapsedMs > 0 ? hundredths((1000 * acknowledged) / elapsedMs) : 0,
    ackMs: {
      p50: hundredths(ackMs.percentile(0.5)),
      p99: hundredths(ackMs.percentile(0.99)),
      max: hundredths(ackMs.max),
    },
    ...(history && {
      history: {
        sent: history.tally.sent,
        acknowledged: history.tally.acknowledged,
        errors: history.tally.errors,
        finished: history.finished,
      },
    }),
  };
}

/** The report as a few lines for a person. */
export function formatReport(report: SimulationReport): string {
  const { connections, ackMs, history, verification } = report;
  const lines = [
    `devices       ${report.devices} on ${connections.planned} connections (${connections.open} open, ${connections.drops} dropped, ${connections.faults} faults)`,
    `messages      ${report.sent} sent, ${report.acknowledged} acknowledged, ${report.errors} errors, ${report.skipped} skipped`,
    `rate          ${report.rate}/s over ${Math.round(report.elapsedMs / 1000)} s`,
    `acknowledged  p50 ${ackMs.p50} ms, p99 ${ackMs.p99} ms, max ${ackMs.max} ms`,
  ];
  if (history) {
    const end = history.finished ? 'complete' : 'not finished';
    lines.push(
      `history       ${history.acknowledged} of ${history.sent} messages acknowledged, ${end}`,
    );
  }
  if (verification) {
    const { checked, devices, lost, duplicated, changed } = verification;
    lines.push(
      `read back     ${checked} samples of ${devices} devices: ${lost} lost, ${duplicated} duplicated, ${changed} changed`,
    );
  }
  return lines.join('\n');
}

function hundredths(value: number): number {
  return Math.round(value * 100) / 100;
}
