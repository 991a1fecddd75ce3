import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { cpuSeconds, median } from './figures.ts';
import { type Peer, startMosquitto, startPlainAedes, startSensorplatz } from './peers.ts';

interface LoaderResult {
  acked: number;
  complete: boolean;
  seconds: number;
  acksPerS: number;
  loaderCpuS: number;
}

interface Row {
  name: string;
  acksPerS: number[];
  serverCpuUsPerMessage: number[];
  loaderCpuUsPerMessage: number[];
}

const connections = 50;
const messages = 150_000;
const readingsPerMessage = 2;
const rounds = 3;

/**
 * QoS 1 acknowledgements per second at 50 connections: the platform with validation, fsync before the
 * ack and the store behind it, beside two brokers that acknowledge from memory, under the same loader.
 * Rounds alternate between the peers, so that a change of the machine meets all of them.
 */
export async function benchAcks(print: (line: string) => void): Promise<void> {
  const peers = [await startMosquitto(), await startPlainAedes(), await startSensorplatz()];
  const rows: Row[] = peers.map(({ name }) => ({
    name,
    acksPerS: [],
    serverCpuUsPerMessage: [],
    loaderCpuUsPerMessage: [],
  }));
  try {
    for (let round = 0; round < rounds; round++) {
      for (const [index, peer] of peers.entries()) await measure(peer, round, rows[index]);
    }
    printTable(rows, print);
    await printSettlement(peers, print);
  } finally {
    await Promise.all(peers.map((peer) => peer.stop()));
  }
}

async function measure(peer: Peer, round: number, row: Row | undefined): Promise<void> {
  const cpuBefore = cpuSeconds(peer.pid);
  const result = await runLoader(peer, round);
  const perMessage = (cpuS: number): number => (cpuS * 1e6) / result.acked;
  row?.acksPerS.push(result.acksPerS);
  row?.loaderCpuUsPerMessage.push(perMessage(result.loaderCpuS));
  // The platform's CPU counts until everything is stored, not only until it is acknowledged.
  await peer.settle?.();
  row?.serverCpuUsPerMessage.push(perMessage(cpuSeconds(peer.pid) - cpuBefore));
}

function runLoader(peer: Peer, round: number): Promise<LoaderResult> {
  const args = [
    '--port',
    String(peer.port),
    '--connections',
    String(connections),
    '--messages',
    String(messages),
    '--round',
    String(round),
  ];
  if (peer.user) args.push('--user', peer.user, '--password', peer.password ?? '');
  const loader = join(import.meta.dirname, 'loader.ts');
  const child = spawn(process.execPath, ['--import', 'tsx', loader, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (chunk) => {
    output += chunk;
  });
  return new Promise((resolve, reject) =>
    child.once('exit', (code) =>
      code === 0
        ? resolve(JSON.parse(output) as LoaderResult)
        : reject(new Error(`${peer.name}: not everything was acknowledged: ${output}`)),
    ),
  );
}

function printTable(rows: readonly Row[], print: (line: string) => void): void {
  print(
    `QoS 1, ${connections} connections, ${messages} messages of ${readingsPerMessage} readings, median of ${rounds} rounds (min..max)`,
  );
  const baseline = median(rows[0]?.acksPerS ?? []);
  for (const row of rows) {
    const rate = median(row.acksPerS);
    print(
      `  ${row.name.padEnd(24)} ${whole(rate).padStart(8)} acks/s (${whole(Math.min(...row.acksPerS))}..${whole(Math.max(...row.acksPerS))})` +
        `   ratio to Mosquitto ${(rate / baseline).toFixed(2)}` +
        `   server ${median(row.serverCpuUsPerMessage).toFixed(1)} µs CPU/message, loader ${median(row.loaderCpuUsPerMessage).toFixed(1)}`,
    );
  }
}

async function printSettlement(
  peers: readonly Peer[],
  print: (line: string) => void,
): Promise<void> {
  const counts = await peers.at(-1)?.settle?.();
  if (!counts) return;
  const sent = messages * rounds * readingsPerMessage;
  print(
    `  read back: ${sent} readings acknowledged, ${counts.stored} stored, ${counts.duplicate} duplicate, ${counts.rejected} rejected, lost ${sent - counts.stored - counts.duplicate - counts.rejected}`,
  );
}

const whole = (value: number): string => String(Math.round(value));
