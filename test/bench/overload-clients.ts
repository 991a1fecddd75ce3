import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { connectPacket, publishPacket } from '../broker/packets.ts';
import { until } from '../support/until.ts';
import type { Peer } from './peers.ts';

/** Devices that send a message a second and note how long its acknowledgement takes. */
export interface HonestDevices {
  /** Times of the acknowledgements since the last call, as a text; forgets them. */
  takeTimes(): string;
  stop(): void;
}

/** Connects `count` devices; their messages are spread over the second. */
export async function startHonest(peer: Peer, count: number): Promise<HonestDevices> {
  let timesMs: number[] = [];
  let lost = 0;
  const devices = Array.from({ length: count }, (_, index) =>
    openDevice(peer, index, {
      acked: (ms) => timesMs.push(ms),
      closed: () => {
        lost += 1;
      },
    }),
  );
  await until('the honest devices', () => devices.every(({ isReady }) => isReady()), 15_000);
  return {
    takeTimes() {
      const sorted = timesMs.sort((a, b) => a - b);
      timesMs = [];
      const at = (share: number) =>
        (sorted[Math.ceil(share * sorted.length) - 1] ?? Number.NaN).toFixed(1);
      const waiting = devices.reduce((sum, { waitingCount }) => sum + waitingCount(), 0);
      return `${sorted.length}: median ${at(0.5)} ms, p99 ${at(0.99)} ms, max ${at(1)} ms; ${waiting} under way, ${lost} cut off`;
    },
    stop() {
      for (const { stop } of devices) stop();
    },
  };
}

function openDevice(
  peer: Peer,
  index: number,
  on: { acked: (ms: number) => void; closed: () => void },
) {
  const socket = connect({ port: peer.port, host: '127.0.0.1', noDelay: true });
  const sentAt: number[] = [];
  let bytes = 0;
  let isStopped = false;
  let messageId = 0;
  const topic = `city/v1/bench/honest-${index}/readings`;
  const send = () => {
    messageId += 1;
    const payload = JSON.stringify({ at: Date.now(), pm10: messageId % 100 });
    sentAt.push(performance.now());
    socket.write(publishPacket({ topic, payload, qos: 1, messageId }));
  };
  let timer: NodeJS.Timeout | undefined;
  socket.on('error', () => {});
  socket.on('close', () => isStopped || on.closed());
  socket.on('data', (chunk) => {
    const ackedBefore = Math.floor(bytes / 4);
    bytes += chunk.length;
    // The CONNACK has four bytes as each PUBACK has; they come in order.
    for (let packet = Math.max(1, ackedBefore); packet < Math.floor(bytes / 4); packet += 1)
      on.acked(performance.now() - (sentAt.shift() ?? Number.NaN));
    timer ??= setTimeout(() => {
      timer = setInterval(send, 1_000);
    }, index * 20);
  });
  const { user: username, password } = peer;
  const credentials = username && password ? { username, password } : {};
  socket.write(connectPacket({ clientId: `honest-${index}`, ...credentials }));
  return {
    isReady: () => bytes >= 4,
    waitingCount: () => sentAt.length,
    stop() {
      isStopped = true;
      clearInterval(timer);
      socket.destroy();
    },
  };
}

/** A running `overload-loader.ts`. */
export interface Loader<Report> {
  report(): Promise<Report>;
  stop(): Promise<void>;
}

export function startLoader<Report>(
  { port, user = '', password = '' }: Peer,
  options: Readonly<Record<string, string | number>>,
): Loader<Report> {
  const all = { port, user, password, ...options };
  const args = Object.entries(all).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const script = join(import.meta.dirname, 'overload-loader.ts');
  const child = spawn(process.execPath, ['--import', 'tsx', script, ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout });
  return {
    async report() {
      const answer = once(lines, 'line');
      child.stdin.write('\n');
      const [line] = (await answer) as [string];
      return JSON.parse(line) as Report;
    },
    async stop() {
      const ended = once(child, 'exit');
      child.kill();
      await ended;
    },
  };
}

/** Resident memory of a process. */
export function megabytes({ pid }: { pid: number }): number {
  const [, kilobytes] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Math.round(Number(kilobytes) / 1_024);
}
