import { cpuSeconds, median } from '../figures.ts';
import {
  type Peer,
  type Sensorplatz,
  startMosquitto,
  startPlainAedes,
  startSensorplatz,
} from '../peers.ts';
import type { AnyRow, LoaderCost } from './row.ts';
import { LoaderCosts, runLoader } from './run-loader.ts';
import type { Settings } from './settings.ts';
import { spreadText } from './table.ts';

/** How a load is laid out. */
interface Layout {
  connections: number;
  messages: number;
  /** Unacknowledged messages of one connection. */
  window: number;
}

/** What one broker made of all rounds. */
interface Measured {
  acksPerS: number[];
  serverUsPerMessage: number[];
  loader: LoaderCosts;
}

interface AllMeasured {
  mosquitto: Measured;
  aedes: Measured;
  ours: Measured;
  lost: number;
  readBack: number;
}

const readingsPerMessage = 2;

/** Gateways with much to say; and devices, of which each has little under way. */
const few: Layout = { connections: 50, messages: 300_000, window: 100 };
const many: Layout = { connections: 5_000, messages: 200_000, window: 10 };

/**
 * QoS 1 acknowledgements per second and CPU time per message: the platform with validation, fsync before the
 * ack and the store behind it, beside two brokers that acknowledge from memory, under the same loader.
 */
export async function measureAcks(settings: Settings): Promise<AnyRow[]> {
  const fifty = await measureAll(few, settings);
  const thousands = await measureAll(many, settings);
  return [acksRow(few, fifty), acksRow(many, thousands), cpuRow(few, fifty)];
}

/** Rounds go round the peers, so that a change of the machine meets all of them; a round before warms them up. */
async function measureAll(layout: Layout, settings: Settings): Promise<AllMeasured> {
  const messages = Math.max(layout.connections, Math.round(layout.messages * settings.scale));
  const scaled = { ...layout, messages };
  const peers: Peer[] = [];
  try {
    const [mosquitto, aedes] = [await startMosquitto(), await startPlainAedes()];
    const ours = await startSensorplatz();
    peers.push(mosquitto, aedes, ours);
    const measured = new Map(peers.map((peer) => [peer, nothingYet()]));
    for (let round = 0; round <= settings.rounds; round += 1) {
      for (const [peer, into] of measured) {
        await measure(peer, { ...scaled, round }, round === 0 ? nothingYet() : into);
      }
      settings.print(
        `  acks, ${layout.connections} connections: round ${round} of ${settings.rounds}`,
      );
    }
    return {
      mosquitto: measured.get(mosquitto) ?? nothingYet(),
      aedes: measured.get(aedes) ?? nothingYet(),
      ours: measured.get(ours) ?? nothingYet(),
      ...(await readBack(ours, scaled, settings.rounds + 1)),
    };
  } finally {
    for (const peer of peers) await peer.stop();
  }
}

const nothingYet = (): Measured => ({
  acksPerS: [],
  serverUsPerMessage: [],
  loader: new LoaderCosts(),
});

async function measure(
  peer: Peer,
  load: Layout & { round: number },
  into: Measured,
): Promise<void> {
  const cpuBefore = cpuSeconds(peer.pid);
  const { connections, messages, window, round } = load;
  const result = await runLoader(peer, { connections, messages, window, round });
  // The platform's CPU counts until everything is stored, not only until it is acknowledged.
  await peer.settle?.();
  into.acksPerS.push(result.acksPerS);
  into.serverUsPerMessage.push(((cpuSeconds(peer.pid) - cpuBefore) * 1e6) / result.acked);
  into.loader.add({
    cpuS: result.loaderCpuS,
    threadS: result.loaderThreadS,
    seconds: result.seconds,
    messages: result.acked,
  });
}

async function readBack(
  ours: Sensorplatz,
  { connections, messages }: Layout,
  rounds: number,
): Promise<{ lost: number; readBack: number }> {
  const perConnection = Math.ceil(messages / connections);
  const acked = perConnection * connections * readingsPerMessage * rounds;
  const found = await ours.stopAndCount();
  return { lost: acked - found, readBack: found };
}

function acksRow({ connections, window }: Layout, all: AllMeasured): AnyRow {
  const { mosquitto, aedes, ours, lost, readBack: found } = all;
  return {
    what: `durable QoS 1 acks/s, ${connections.toLocaleString('en')} connections`,
    unit: 'acks/s',
    ours: ours.acksPerS,
    peer: { name: 'Mosquitto (memory)', values: mosquitto.acksPerS },
    target: { atLeast: 1 },
    loader: ours.loader,
    lost,
    readBack: found,
    notes: [
      `window ${window}, ${readingsPerMessage} readings a message`,
      `plain Aedes (memory) ${spreadText(aedes.acksPerS, 'acks/s')}`,
      `CPU of the server a message: ours ${cpuText(ours)}, Mosquitto ${cpuText(mosquitto)}, plain Aedes ${cpuText(aedes)}`,
      `loader against Mosquitto: ${loaderText(mosquitto.loader)}; against plain Aedes: ${loaderText(aedes.loader)}`,
    ],
  };
}

function cpuRow(
  { connections }: Layout,
  { aedes, ours, lost, readBack: found }: AllMeasured,
): AnyRow {
  return {
    what: `CPU s per million messages until stored, ${connections} connections`,
    unit: 's',
    ours: ours.serverUsPerMessage,
    peer: { name: 'plain Aedes (memory)', values: aedes.serverUsPerMessage },
    target: { atMost: 2 },
    loader: ours.loader,
    lost,
    readBack: found,
    notes: ['all threads, user and system, garbage collection and store among them'],
  };
}

const cpuText = ({ serverUsPerMessage }: Measured): string => spreadText(serverUsPerMessage, 'µs');

function loaderText({ usPerMessage, busyPercent }: LoaderCost): string {
  return `${median(usPerMessage).toFixed(1)} µs a message, ${Math.round(median(busyPercent))} % of a core`;
}
