import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { endWithProcess } from '../../support/end-with-process.ts';
import { freePort } from '../../support/free-port.ts';
import { makeTempFolder } from '../../support/temp-folder.ts';
import { until } from '../../support/until.ts';
import { cpuSeconds } from '../figures.ts';
import { type Peer, startMosquitto } from '../peers.ts';

/** Pinned: Node-RED 4 is the last one that runs on the oldest Node that the platform supports. */
export const nodeRedVersions = { 'node-red': '4.1.8', 'node-red-contrib-influxdb': '0.7.0' };
const packages = Object.entries(nodeRedVersions).map(([name, version]) => `${name}@${version}`);
const installMsMax = 240_000;

/** Mosquitto in front of Node-RED in front of InfluxDB. */
export interface NodeRed extends Peer {
  /** CPU time of Mosquitto and Node-RED together. */
  cpuS(): number;
}

interface NodeRedOptions {
  /** Where Node-RED is installed. */
  folder: string;
  influxUrl: string;
  database: string;
  /** Points of one write to InfluxDB; 1: no batching. */
  batch: number;
}

/**
 * Fetches Node-RED into a folder of its own that stays for the next run: it is a peer and no dependency of ours.
 *
 * @returns the folder, or why there is none
 */
export function fetchNodeRed(): { folder: string } | { missing: string } {
  const folder = join(tmpdir(), `sensorplatz-bench-${packages.join('-')}`);
  if (existsSync(join(folder, 'complete'))) return { folder };
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{"private":true}');
  const args = ['install', '--prefix', folder, '--no-audit', '--no-fund', '--omit=dev'];
  const result = spawnSync('npm', [...args, ...packages], {
    cwd: folder,
    encoding: 'utf8',
    timeout: installMsMax,
  });
  if (result.status !== 0) {
    const reason = result.error?.message ?? result.stderr.trim().split('\n').at(-1);
    return { missing: `Node-RED could not be fetched: ${reason}` };
  }
  writeFileSync(join(folder, 'complete'), '');
  return { folder };
}

/** Starts Mosquitto and a Node-RED that has subscribed there. */
export async function startNodeRed(options: NodeRedOptions): Promise<NodeRed> {
  const mosquitto = await startMosquitto();
  const home = makeTempFolder();
  const name = options.batch > 1 ? 'Mosquitto + Node-RED, batching' : 'Mosquitto + Node-RED';
  writeFileSync(join(home.path, 'flows.json'), JSON.stringify(flowOf(options, mosquitto.port)));
  writeFileSync(join(home.path, 'settings.js'), settingsOf(await freePort()));
  const modules = join(options.folder, 'node_modules');
  const script = join(modules, 'node-red', 'red.js');
  const child = spawn(process.execPath, [script, '--userDir', home.path], {
    cwd: home.path,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  endWithProcess(child);
  const pid = child.pid ?? 0;
  let output = '';
  const add = (chunk: Buffer): void => {
    output = (output + chunk).slice(-100_000);
  };
  child.stdout.on('data', add);
  child.stderr.on('data', add);
  const stop = async (): Promise<void> => {
    if (child.exitCode === null) {
      const gone = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await gone;
    }
    home.remove();
    await mosquitto.stop();
  };
  try {
    await until(`${name} to subscribe`, () => output.includes('Connected to broker'), 60_000);
  } catch (cause) {
    await stop();
    throw new Error(`Node-RED did not start:\n${output}`, { cause });
  }
  // It subscribes right behind its CONNECT, and says nothing of it.
  await sleep(1_000);
  return {
    name,
    port: mosquitto.port,
    pid,
    cpuS: () => cpuSeconds(pid) + cpuSeconds(mosquitto.pid),
    stop,
  };
}

/** Of the shortest flow that does it: MQTT in with QoS 1, JSON, a point of it, batches, InfluxDB. */
function flowOf({ influxUrl, database, batch }: NodeRedOptions, mqttPort: number): object[] {
  /** Without a place on the canvas Node-RED takes a node for a configuration. */
  const place = { z: 'flow', x: 0, y: 0 };
  const { hostname, port } = new URL(influxUrl);
  const writes = {
    id: 'to-influx',
    ...place,
    type: 'influxdb batch',
    influxdb: 'influx',
    precision: 'ms',
  };
  const isBatched = batch > 1;
  return [
    { id: 'flow', type: 'tab', label: 'readings' },
    {
      id: 'broker',
      type: 'mqtt-broker',
      broker: '127.0.0.1',
      port: String(mqttPort),
      clientid: 'node-red',
      autoConnect: true,
      protocolVersion: '4',
      keepalive: '60',
      cleansession: true,
    },
    {
      id: 'influx',
      type: 'influxdb',
      hostname,
      port,
      protocol: 'http',
      database,
      influxdbVersion: '1.x',
      usetls: false,
    },
    {
      id: 'from-mqtt',
      ...place,
      type: 'mqtt in',
      topic: 'city/v1/+/+/readings',
      qos: '1',
      datatype: 'utf8',
      broker: 'broker',
      inputs: 0,
      wires: [['to-object']],
    },
    {
      id: 'to-object',
      ...place,
      type: 'json',
      property: 'payload',
      action: 'obj',
      wires: [['to-point']],
    },
    {
      id: 'to-point',
      ...place,
      type: 'function',
      func: pointFunction(isBatched),
      outputs: 1,
      wires: [[isBatched ? 'to-batch' : 'to-influx']],
    },
    ...(isBatched
      ? [
          {
            id: 'to-batch',
            ...place,
            type: 'batch',
            mode: 'count',
            count: batch,
            overlap: 0,
            wires: [['to-array']],
          },
          {
            id: 'to-array',
            ...place,
            type: 'join',
            mode: 'auto',
            build: 'array',
            wires: [['to-influx']],
          },
        ]
      : []),
    { ...writes, wires: [] },
  ];
}

/** One point with a field of each metric; the batch node takes single ones, the write takes arrays. */
function pointFunction(isBatched: boolean): string {
  return `const [, , provider, device] = msg.topic.split('/');
const { at, ...fields } = msg.payload;
const point = { measurement: 'readings', tags: { provider, device }, fields, timestamp: at };
return { payload: ${isBatched ? 'point' : '[point]'} };`;
}

function settingsOf(uiPort: number): string {
  const settings = {
    uiHost: '127.0.0.1',
    uiPort,
    flowFile: 'flows.json',
    httpAdminRoot: false,
    httpNodeRoot: false,
    credentialSecret: false,
    telemetry: { enabled: false },
    logging: { console: { level: 'info', metrics: false, audit: false } },
  };
  return `module.exports = ${JSON.stringify(settings)};`;
}
