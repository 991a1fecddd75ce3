import type { ByReason } from './accounts.ts';
import { total } from './accounts.ts';
import type { Latency, RunReport } from './run-report.ts';

/** The report of a run for a person. */
export function formatRunReport(report: RunReport): string {
  const { machine, simulated, fleet, messages, connections, simulator } = report;
  const rows: [string, string][] = [
    ['scenario', `${report.scenario}, seed ${report.seed}, at ${report.broker}`],
    [
      'machine',
      `${machine.cores} × ${machine.cpu}, ${machine.memoryGb} GB, ${machine.os}, Node ${machine.node}, Sensorplatz ${machine.version}`,
    ],
    [
      'simulated',
      `${simulated.from} to ${simulated.to}, ${speedText(simulated)}${report.isComplete ? '' : ' (ended early)'}`,
    ],
    [
      'fleet',
      `${fleet.devices} devices on ${fleet.connections} connections, ${connections.drops} dropped, ${connections.faults} faults`,
    ],
    [
      'messages',
      `${messages.sent} sent, ${messages.acknowledged} acknowledged, ${messages.unanswered} unanswered, ${messages.resent} sent again; ${messages.acknowledgedPerS}/s over ${report.elapsedS} s`,
    ],
    ['acknowledged', latencyText(report.ackMs)],
    ['connected', latencyText(report.connectMs)],
    ...(report.backMs.count > 0
      ? [['back again', latencyText(report.backMs)] as [string, string]]
      : []),
    ...readingRows(report),
    ...subscriberRows(report),
    [
      'simulator',
      `${simulator.cpuS} s of CPU, ${simulator.cpuUsPerMessage} µs a message while it ran, ${simulator.rssMb} MB, busiest thread ${Math.round(100 * simulator.busyShare)} %: ${simulator.isBottleneck ? 'it WAS the bottleneck' : 'not the bottleneck'}`,
    ],
    ...(simulator.lateMs.count > 0
      ? [['sent late by', latencyText(simulator.lateMs)] as [string, string]]
      : []),
  ];
  const lines = rows.map(([name, text]) => `${name.padEnd(14)}${text}`);
  const verdict =
    report.faults.length === 0
      ? ['as expected']
      : ['NOT as expected:', ...report.faults.map((fault) => `  ${fault}`)];
  return [...lines, ...verdict].join('\n');
}

function readingRows({ readings, platform }: RunReport): [string, string][] {
  const { acknowledged, acknowledgedPerS, sentTwice, toBeRejected, timelessMessages } = readings;
  const timeless = timelessMessages > 0 ? `; ${timelessMessages} messages carry no time` : '';
  if (!platform)
    return [
      [
        'readings',
        `${acknowledged} acknowledged (${acknowledgedPerS}/s), ${sentTwice} of them sent twice, ${total(toBeRejected)} malformed${timeless}`,
      ],
    ];
  const { stored, lost, rejected, rejectedIsComplete, readBack, counters, unaccounted } = platform;
  return [
    [
      'readings',
      `${acknowledged} acknowledged (${acknowledgedPerS}/s) = ${stored} stored + ${sentTwice} sent twice + ${total(rejected)} rejected + ${lost} lost + ${unaccounted} unaccounted${timeless}`,
    ],
    [
      'rejected',
      `${reasonsOf(rejected)}${rejectedIsComplete ? '' : ' (the platform has forgotten older ones)'}; expected ${reasonsOf(toBeRejected)}`,
    ],
    [
      'read back',
      `${readBack.keys} keys of ${readBack.series.checked} series: ${readBack.equal} equal, ${readBack.lost} lost, ${readBack.changed} changed, ${readBack.duplicated} twice; besides ${readBack.unanswered} unanswered, ${readBack.extra} of other runs`,
    ],
    ...readBack.examples.map(({ device, metric, at, sent, stored: there }): [string, string] => [
      '  differs',
      `${device} ${metric} ${new Date(at).toISOString()}: sent ${sent}, stored ${there ?? 'nothing'}`,
    ]),
    [
      'platform',
      `counted ${counters.received} received, ${counters.stored} stored, ${counters.duplicate} duplicates, ${total(counters.rejected)} rejected, of all senders`,
    ],
  ];
}

function subscriberRows({ subscriber }: RunReport): [string, string][] {
  if (!subscriber) return [];
  const { heard, missing, more, overflowed, isCut } = subscriber;
  const text = `heard ${heard} messages: ${missing} missing, ${more} more than acknowledged`;
  const limits = `${overflowed > 0 ? `, ${overflowed} not told apart` : ''}${isCut ? ', cut off' : ''}`;
  return [['subscriber', `${text}${limits}`]];
}

function speedText({ reached, speed }: RunReport['simulated']): string {
  const isSlower = speed !== 'max' && reached < 0.95 * speed;
  return `${reached} × real time${isSlower ? ` instead of ${speed} ×` : ''}`;
}

function reasonsOf(byReason: ByReason): string {
  const parts = Object.entries(byReason).map(([reason, count]) => `${count} ${reason}`);
  return parts.length > 0 ? parts.sort().join(', ') : 'none';
}

function latencyText({ count, p50, p99, p999, max }: Latency): string {
  return `p50 ${p50} ms, p99 ${p99} ms, p99.9 ${p999} ms, max ${max} ms (${count})`;
}
