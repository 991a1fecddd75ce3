import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { endWithProcess } from '../../support/end-with-process.ts';
import { median, residentMb } from '../figures.ts';
import { type Sensorplatz, startSensorplatz } from '../peers.ts';
import { canOpen, filesMax } from './open-files.ts';
import type { AnyRow, MissingRow, Row } from './row.ts';
import { argumentsOf, scriptPath, signIn } from './run-loader.ts';
import type { Settings } from './settings.ts';
import { spreadText } from './table.ts';

const few = { devices: 5_000, allowedMb: 400 };
const many = { devices: 50_000, allowedMb: 1_500 };
/** Connections of one loader process and one address. */
const perLoaderMax = 15_000;
/** Files that the platform keeps for other things than connections. */
const otherFiles = 4_000;
/** Until what connecting took has been given back. */
const settleMs = 10_000;

interface Idle {
  devices: number;
  beforeMb: number[];
  connectedMb: number[];
  connectS: number[];
}

/** Resident memory of the platform with devices that are signed in, listen for commands, and say nothing. */
export async function measureMemory(settings: Settings): Promise<AnyRow[]> {
  const small = await measureDevices(scaled(few.devices, settings), settings);
  const first = rowOf(small, few.allowedMb);
  const wanted = scaled(many.devices, settings);
  if (canOpen(wanted + otherFiles)) {
    return [first, rowOf(await measureDevices(wanted, settings), many.allowedMb)];
  }
  const most = await measureDevices(Math.min(wanted, filesMax() - otherFiles), settings);
  return [first, beyondReach(small, most)];
}

const scaled = (devices: number, { scale }: Settings): number => Math.ceil(devices * scale);

async function measureDevices(devices: number, settings: Settings): Promise<Idle> {
  const idle: Idle = { devices, beforeMb: [], connectedMb: [], connectS: [] };
  const env = { MQTT_CLIENTS_MAX: String(devices) };
  const options = devices + otherFiles > filesMax() ? { filesMax: devices + otherFiles } : {};
  for (let round = 1; round <= settings.rounds; round += 1) {
    const ours = await startSensorplatz(env, options);
    try {
      await measureOnce(ours, idle);
    } finally {
      await ours.stop();
    }
    const connectedMb = idle.connectedMb.at(-1) ?? Number.NaN;
    settings.print(`  memory, ${devices} devices: round ${round}, ${Math.round(connectedMb)} MB`);
  }
  return idle;
}

async function measureOnce(ours: Sensorplatz, idle: Idle): Promise<void> {
  const { devices } = idle;
  const startedAt = performance.now();
  const beforeMb = residentMb(ours.pid);
  const loaders: IdleLoader[] = [];
  try {
    for (let first = 0; first < devices; first += perLoaderMax) {
      const connections = Math.min(perLoaderMax, devices - first);
      // Of its own in each round: the ports of closed connections are not free for a minute.
      const address = `127.0.${idle.connectedMb.length + 1}.${2 + loaders.length}`;
      loaders.push(await startIdle(ours, { first, connections, address }));
    }
    const connectS = (performance.now() - startedAt) / 1000;
    await sleep(settleMs);
    const connected = await Promise.all(loaders.map((loader) => loader.connected()));
    const count = connected.reduce((sum, each) => sum + each, 0);
    if (count !== devices) throw new Error(`${count} of ${devices} devices are connected`);
    idle.beforeMb.push(beforeMb);
    idle.connectS.push(connectS);
    idle.connectedMb.push(residentMb(ours.pid));
  } finally {
    for (const { kill } of loaders) kill();
  }
}

interface IdleLoader {
  connected(): Promise<number>;
  kill(): void;
}

async function startIdle(
  ours: Sensorplatz,
  options: { first: number; connections: number; address: string },
): Promise<IdleLoader> {
  const args = argumentsOf({ ...signIn(ours), ...options });
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', scriptPath('idle-loader.ts'), ...args],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  );
  endWithProcess(child);
  const lines = createInterface({ input: child.stdout });
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`the loader of idle devices ended with ${code}`);
  });
  // Heard by whoever waits for a line.
  ended.catch(() => {});
  const connected = async (): Promise<number> => {
    const [line] = (await Promise.race([once(lines, 'line'), ended])) as [string];
    return (JSON.parse(line) as { connected: number }).connected;
  };
  await connected();
  return {
    connected() {
      const answer = connected();
      child.stdin.write('\n');
      return answer;
    },
    kill: () => child.kill('SIGKILL'),
  };
}

const nameOf = (devices: number): string =>
  `RSS with ${devices.toLocaleString('en')} connected idle devices`;

/** Bytes of one more connection, in KB. */
const perDeviceKb = ({ devices, beforeMb, connectedMb }: Idle): number =>
  ((median(connectedMb) - median(beforeMb)) * 1_000) / devices;

function rowOf(idle: Idle, allowedMb: number): Row {
  return {
    what: nameOf(idle.devices),
    unit: 'MB',
    ours: idle.connectedMb,
    peer: { name: 'allowed', values: [allowedMb] },
    target: { atMost: 1 },
    notes: [
      `signed in with a provider's token, keepalive 60 s, one subscription for commands each; ${settleMs / 1000} s after the last one came`,
      `before them ${spreadText(idle.beforeMb, 'MB')}: ${perDeviceKb(idle).toFixed(1)} KB a device; all there within ${spreadText(idle.connectS, 's')}`,
    ],
  };
}

/** What the system does not let be measured, and the most that it does. */
function beyondReach(small: Idle, most: Idle): MissingRow {
  const slope =
    (median(most.connectedMb) - median(small.connectedMb)) / (most.devices - small.devices);
  const lineMb = median(most.connectedMb) + slope * (many.devices - most.devices);
  return {
    what: nameOf(many.devices),
    target: { atMost: 1 },
    notMeasured:
      `a process may have ${filesMax().toLocaleString('en')} files open here, and nobody may raise that. ` +
      `The most that can be: ${most.devices.toLocaleString('en')} devices, ${spreadText(most.connectedMb, 'MB')}, ${perDeviceKb(most).toFixed(1)} KB a device. ` +
      `The straight line through both counts is at ${Math.round(lineMb)} of ${many.allowedMb} MB for ${many.devices.toLocaleString('en')}; that is arithmetic, not a measurement`,
  };
}
