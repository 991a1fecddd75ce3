import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { mainThreadSeconds } from './figures.ts';
import { openAll } from './open-all.ts';
import { Milliseconds, PacedConnection } from './paced-connection.ts';
import { PacedFleet } from './paced-fleet.ts';

/**
 * Publishes QoS 1 readings at a steady rate, round the devices `<user>/dev-0` to `dev-<n>`, over as many connections
 * as is said: one for each device, or gateways that speak for many. Bounded in time. Each line on its input is
 * answered with a line of JSON: `report`, `rate <n>`, `finish` (stops, waits for the acknowledgements, ends).
 */
const { values } = parseArgs({
  options: {
    port: { type: 'string' },
    user: { type: 'string', default: 'bench' },
    password: { type: 'string', default: '' },
    devices: { type: 'string', default: '5000' },
    rate: { type: 'string', default: '2000' },
    seconds: { type: 'string', default: '60' },
    connections: { type: 'string', default: '10' },
    metrics: { type: 'string', default: 'pm2_5' },
  },
});
const connections = Number(values.connections);
const tickMs = 10;
const finishMsMax = 20_000;

let rate = Number(values.rate);
/** Where the present rate began. */
let paced = { fromMs: 0, fromCount: 0 };
/** Messages that were due, sent or not. */
let offered = 0;
let waitingMost = 0;
let ticking: NodeJS.Timeout | undefined;
let begun: { cpu: NodeJS.CpuUsage; threadS: number; atMs: number } | undefined;

const ackMs = new Milliseconds();
const fleet = new PacedFleet({
  user: values.user,
  devices: Number(values.devices),
  metrics: values.metrics.split(','),
});
const opened: PacedConnection[] = [];
const sum = (count: (connection: PacedConnection) => number): number =>
  opened.reduce((total, connection) => total + count(connection), 0);

/** What is due by now; a tick that came late makes up for it, but never more than a second's worth. */
function publishDue(): void {
  const elapsedS = (performance.now() - paced.fromMs) / 1000;
  const due = Math.min(offered + rate, paced.fromCount + Math.floor(elapsedS * rate));
  const now = Date.now();
  for (; offered < due; offered += 1) {
    const device = offered % fleet.devices;
    opened[device % opened.length]?.add(fleet, device, now);
  }
  for (const connection of opened) connection.flush();
}

function setRate(next: number): void {
  rate = next;
  paced = { fromMs: performance.now(), fromCount: offered };
}

function report() {
  const [sent, acked] = [sum(({ sent: count }) => count), sum(({ acked: count }) => count)];
  const cpu = process.cpuUsage(begun?.cpu);
  waitingMost = Math.max(waitingMost, sent - acked);
  return {
    isReady: begun !== undefined,
    offered,
    sent,
    acked,
    waitingMost,
    heldBack: sum(({ heldBack }) => heldBack),
    closed: sum(({ isClosed }) => Number(isClosed)),
    ackMs: ackMs.take(),
    cpuS: (cpu.user + cpu.system) / 1e6,
    threadS: mainThreadSeconds() - (begun?.threadS ?? 0),
    seconds: (performance.now() - (begun?.atMs ?? 0)) / 1000,
  };
}
export type PacedReport = ReturnType<typeof report>;

async function finish(): Promise<void> {
  clearInterval(ticking);
  const deadline = performance.now() + finishMsMax;
  const isWaiting = () => opened.some(({ sent, acked, isClosed }) => !isClosed && acked < sent);
  while (isWaiting() && performance.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, tickMs));
  }
  process.stdout.write(`${JSON.stringify(report())}\n`, () => process.exit(0));
}

createInterface({ input: process.stdin }).on('line', (line) => {
  const [command, argument] = line.split(' ');
  if (command === 'finish') return void finish();
  if (command === 'rate') setRate(Number(argument));
  console.log(JSON.stringify(report()));
});
process.on('SIGTERM', () => void finish());
// Whoever started it is gone.
process.stdin.on('end', () => process.exit(1));

opened.push(
  ...(await openAll(connections, (index) => {
    const connection = new PacedConnection({
      port: Number(values.port),
      user: values.user,
      password: values.password,
      index,
      inFlightMax: Math.ceil(200_000 / connections),
      ackMs,
    });
    return { opened: connection, ready: connection.ready };
  })),
);
begun = {
  cpu: process.cpuUsage(),
  threadS: mainThreadSeconds(),
  atMs: performance.now(),
};
setRate(rate);
ticking = setInterval(publishDue, tickMs);
setTimeout(finish, Number(values.seconds) * 1000);
