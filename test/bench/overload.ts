import { readFileSync } from 'node:fs';
import { type HonestDevices, megabytes, startHonest, startLoader } from './overload-clients.ts';
import { benchReaders } from './overload-readers.ts';
import { type Peer, startMosquitto, startPlainAedes, startSensorplatz } from './peers.ts';

type Print = (line: string) => void;

const stormSize = 10_000;
const stormMs = 10_000;
const slowCount = 1_000;
const honestCount = 50;
const phaseMs = 5_000;
const slowMs = 13_000;

/**
 * What honest devices (50, a message a second each) feel while others overdo it: a flood, senders of a
 * byte a second, a storm of connections, readers of the stream that do not read. What they wait for the
 * acknowledgement stands beside the same at brokers that acknowledge from memory.
 */
export async function benchOverload(print: Print): Promise<void> {
  print(`  open files: ${filesMax()}; honest: ${honestCount} devices, 1 message/s each`);
  for (const start of [startMosquitto, startPlainAedes, startSensorplatz]) {
    const peer = await start();
    const honest = await startHonest(peer, honestCount);
    try {
      await benchPeer({ peer, honest, print });
    } finally {
      honest.stop();
      await peer.stop();
    }
  }
  await benchReaders(print);
}

interface Setting {
  peer: Peer;
  honest: HonestDevices;
  print: Print;
}

async function benchPeer(setting: Setting): Promise<void> {
  setting.honest.takeTimes();
  await sleep(phaseMs);
  say(setting, 'alone');
  // The rest says nothing about the others that these two do not.
  const isOurs = setting.peer.settle !== undefined;
  if (isOurs) {
    await withFlood(setting, { rate: 100, connections: 1 });
    await withFlood(setting, { rate: 0, connections: 1 });
    await withSlow(setting);
  }
  await withFlood(setting, { rate: 0, connections: 20 });
  await withStorm(setting);
}

function say({ peer, honest, print }: Setting, what: string): void {
  print(
    `  ${peer.name.padEnd(22)} ${what}, ${megabytes(peer)} MB\n      honest acks ${honest.takeTimes()}`,
  );
}

async function withFlood(
  setting: Setting,
  { rate, connections }: { rate: number; connections: number },
): Promise<void> {
  const flood = startLoader<{ acked: number; closed: number }>(setting.peer, {
    mode: 'flood',
    rate,
    connections,
  });
  const before = await warmedUp(flood, ({ acked }) => acked > 0);
  setting.honest.takeTimes();
  await sleep(phaseMs);
  const { acked, closed } = await flood.report();
  const perS = Math.round((acked - before.acked) / (phaseMs / 1_000));
  const pace = rate > 0 ? `${rate}/s` : 'full speed';
  say(setting, `flood at ${pace} over ${connections}: ${perS} acks/s, ${closed} closed`);
  await flood.stop();
}

async function withSlow(setting: Setting): Promise<void> {
  const slow = startLoader<{ openCount: number }>(setting.peer, {
    mode: 'slow',
    connections: slowCount,
  });
  const { openCount: atFirst } = await warmedUp(slow, ({ openCount }) => openCount > 0);
  setting.honest.takeTimes();
  await sleep(slowMs);
  const { openCount } = await slow.report();
  say(
    setting,
    `${atFirst} senders of a byte a second, ${openCount} left after ${slowMs / 1_000} s`,
  );
  await slow.stop();
}

interface Storm {
  opened: number;
  admitted: number;
  refused: number;
  closed: number;
  longestMs: number;
}

async function withStorm(setting: Setting): Promise<void> {
  const options = { mode: 'storm', connections: stormSize, withinMs: stormMs };
  const storm = startLoader<Storm>(setting.peer, options);
  await warmedUp(storm, ({ opened }) => opened > 0);
  setting.honest.takeTimes();
  await sleep(stormMs + 2_000);
  const { opened, admitted, refused, closed, longestMs } = await storm.report();
  const silent = opened - admitted - refused - closed;
  say(
    setting,
    `${opened} connections within ${stormMs / 1_000} s: ${admitted} admitted, ${refused} told to wait, ${closed} closed, ${silent} silent, longest answer ${Math.round(longestMs)} ms`,
  );
  await storm.stop();
}

/** The first report of a loader that has begun. */
async function warmedUp<Report>(
  loader: { report(): Promise<Report> },
  hasBegun: (report: Report) => boolean,
): Promise<Report> {
  for (;;) {
    const report = await loader.report();
    if (hasBegun(report)) return report;
    await sleep(50);
  }
}

function filesMax(): string {
  const limits = readFileSync('/proc/self/limits', 'utf8');
  return /Max open files\s+(\d+)/.exec(limits)?.[1] ?? 'unknown';
}

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
