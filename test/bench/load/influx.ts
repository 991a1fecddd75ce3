import { setTimeout as sleep } from 'node:timers/promises';
import {
  type InfluxServer,
  influxMissing,
  startInfluxServer,
} from '../../support/influx-server.ts';
import { cpuSeconds, median } from '../figures.ts';
import { type Peer, startSensorplatz } from '../peers.ts';
import { fetchNodeRed, nodeRedVersions, startNodeRed } from './node-red.ts';
import type { AnyRow } from './row.ts';
import { LoaderCosts, runLoader } from './run-loader.ts';
import type { Settings } from './settings.ts';
import { spreadText } from './table.ts';

const what = 'messages/s until queryable in InfluxDB';
const target = { atLeast: 20 };
const connections = 50;
const batch = 1_000;
const pollMs = 25;
/** When nothing more has come for so long the rest is lost; ours may be held up by an InfluxDB that is slow. */
const silentMs = { ours: 30_000, peers: 6_000 };
const ourBucket = 'bench';

/** A way from a device to InfluxDB. */
interface Way {
  peer: Peer;
  /** Of one round: as many as take some seconds; whole batches, as the batch node keeps a rest to itself. */
  messages: number;
  /** Messages of all rounds that a query finds, the metric with the fewest counting. */
  count(): Promise<number>;
  cpuS(): number;
  silentMsMax: number;
  found: number;
  lost: number;
  perS: number[];
  usPerMessage: number[];
  loader: LoaderCosts;
}

/**
 * Messages per second from the first publish until a query finds the last one, through the platform with its InfluxDB
 * store and through Mosquitto and Node-RED, into the same InfluxDB.
 */
export async function measureInflux(settings: Settings): Promise<AnyRow[]> {
  const noInflux = influxMissing();
  if (noInflux) return [{ what, target, notMeasured: noInflux }];
  const nodeRed = fetchNodeRed();
  if ('missing' in nodeRed) return [{ what, target, notMeasured: nodeRed.missing }];
  const influx = await startInfluxServer();
  const ways: Way[] = [];
  try {
    const start = (database: string, size: number) =>
      startNodeRed({ folder: nodeRed.folder, influxUrl: influx.url, database, batch: size });
    for (const database of ['batched', 'single']) {
      await influx.query(`CREATE DATABASE ${database}`);
    }
    const ours = await startSensorplatz({ INFLUX_URL: influx.url, INFLUX_BUCKET: ourBucket });
    const us = wayOf(ours, {
      messages: wholeBatches(200_000 * settings.scale),
      cpuS: () => cpuSeconds(ours.pid),
      silentMsMax: silentMs.ours,
      count: () => fewest(influx, `${ourBucket}_raw`, ['pm10', 'pm2_5'], ['value']),
    });
    ways.push(us);
    const peerOf = async (database: string, size: number, messages: number): Promise<Way> => {
      const peer = await start(database, size);
      const way = wayOf(peer, {
        messages: wholeBatches(messages * settings.scale),
        cpuS: () => peer.cpuS(),
        silentMsMax: silentMs.peers,
        count: () => fewest(influx, database, ['readings'], ['pm10', 'pm2_5']),
      });
      ways.push(way);
      return way;
    };
    const batched = await peerOf('batched', batch, 40_000);
    const single = await peerOf('single', 1, 10_000);
    for (let round = 0; round <= settings.rounds; round += 1) {
      for (const way of ways) await measure(way, round);
      settings.print(`  influx: round ${round} of ${settings.rounds}`);
    }
    return [rowOf(us, batched, single)];
  } finally {
    for (const { peer } of ways) await peer.stop();
    await influx.remove();
  }
}

function wayOf(peer: Peer, of: Pick<Way, 'messages' | 'cpuS' | 'count' | 'silentMsMax'>): Way {
  return { peer, ...of, found: 0, lost: 0, perS: [], usPerMessage: [], loader: new LoaderCosts() };
}

const wholeBatches = (messages: number): number =>
  Math.max(1, Math.round(messages / batch)) * batch;

/** Round 0 warms up. A way that loses messages is as fast as what it brought. */
async function measure(way: Way, round: number): Promise<void> {
  const cpuBefore = way.cpuS();
  const before = await way.count();
  const result = await runLoader(way.peer, { connections, messages: way.messages, round });
  const { found, at } = await waitForAll(way, before + result.acked);
  const cpuS = way.cpuS() - cpuBefore;
  way.lost += before + result.acked - found;
  way.found = found;
  if (round === 0) return;
  way.perS.push((found - before) / ((at - result.startedAt) / 1000));
  way.usPerMessage.push((cpuS * 1e6) / result.acked);
  way.loader.add({
    cpuS: result.loaderCpuS,
    threadS: result.loaderThreadS,
    seconds: result.seconds,
    messages: result.acked,
  });
}

/** How many a query finds, and since when. */
async function waitForAll(
  { count, silentMsMax }: Way,
  wanted: number,
): Promise<{ found: number; at: number }> {
  let found = await count();
  let at = Date.now();
  while (found < wanted && Date.now() - at < silentMsMax) {
    await sleep(pollMs);
    const now = await count();
    if (now > found) at = Date.now();
    found = now;
  }
  return { found, at };
}

interface QueryAnswer {
  results?: { series?: { columns: string[]; values: (number | string)[][] }[] }[];
}

/** The smallest count of all fields of all measurements; 0 while one is not there yet. */
async function fewest(
  influx: InfluxServer,
  database: string,
  measurements: readonly string[],
  fields: readonly string[],
): Promise<number> {
  const counts = fields.map((name) => `count("${name}")`).join(', ');
  let least = Number.POSITIVE_INFINITY;
  for (const measurement of measurements) {
    const answer = await influx.query(`SELECT ${counts} FROM "${measurement}"`, database);
    const [, ...values] = (answer as QueryAnswer).results?.[0]?.series?.[0]?.values[0] ?? [];
    least = Math.min(least, values.length === 0 ? 0 : Math.min(...values.map(Number)));
  }
  return least;
}

function rowOf(us: Way, batched: Way, single: Way): AnyRow {
  const cpu = (way: Way): string => spreadText(way.usPerMessage, 'µs');
  const versions = Object.entries(nodeRedVersions).map(([name, version]) => `${name} ${version}`);
  return {
    what,
    unit: 'messages/s',
    ours: us.perS,
    peer: { name: batched.peer.name, values: batched.perS },
    target,
    loader: us.loader,
    lost: us.lost * 2,
    readBack: us.found * 2,
    notes: [
      `${connections} connections, 2 readings a message; ${us.messages} messages a round for us, ${batched.messages} for Node-RED, ${single.messages} without batching; all ways into one influxd, read back by count() of each metric`,
      `${versions.join(', ')}; batches of ${batch} points with two fields each; without batching ${spreadText(single.perS, 'messages/s')}, to which our ratio is ${(median(us.perS) / median(single.perS)).toFixed(1)}`,
      `lost in all rounds: ${us.lost} by us, ${batched.lost} by Node-RED, ${single.lost} without batching (a write that InfluxDB refuses is not repeated by the flow)`,
      `CPU a message without influxd: ours ${cpu(us)}, Mosquitto and Node-RED ${cpu(batched)}, without batching ${cpu(single)}`,
      'ours validates, judges, syncs to disk before the acknowledgement, and writes each reading with its quality as a point of its own; the flow does none of that',
    ],
  };
}
