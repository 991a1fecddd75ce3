import { freePort } from '../support/free-port.ts';
import { type InfluxServer, startInfluxServer } from '../support/influx-server.ts';
import { adminToken } from '../support/platform.ts';
import { makeTempFolder } from '../support/temp-folder.ts';
import type { Options } from './options.ts';
import { createSmallDisk, type SmallDisk } from './small-disk.ts';
import { type OwnEnd, Supervised } from './supervised.ts';

/** The platform under test with all that it needs. */
export interface Topology {
  /** Those that may be killed. */
  processes: readonly Supervised[];
  /** Where devices publish. */
  broker: Supervised;
  /** Where series are read. */
  api: Supervised;
  influx?: InfluxServer;
  disk?: SmallDisk;
  /** Waits until every process works. */
  untilReady(): Promise<void>;
  ownEnds(): OwnEnd[];
  /** Ends everything in peace; answers the exit codes by name. */
  stop(): Promise<Record<string, number | null>>;
}

/** Starts it and waits until it is ready. */
export async function startTopology(options: Options): Promise<Topology> {
  const disk = options.troubles.includes('disk') ? createSmallDisk() : undefined;
  const folder = disk ? undefined : makeTempFolder();
  const dataDir = disk?.dataDir ?? folder?.path ?? '';
  const influx = options.store === 'influx' ? await startInfluxServer() : undefined;
  const shared = { dataDir, influxUrl: influx?.url };
  const parts = options.topology === 'split' ? await apart(shared) : [await oneProcess(shared)];
  const [first] = parts;
  const last = parts.at(-1);
  if (!first || !last) throw new Error('no process');
  for (const part of parts) {
    await part.start();
    await part.untilReady();
  }
  return {
    processes: parts,
    broker: first,
    api: last,
    ...(influx ? { influx } : {}),
    ...(disk ? { disk } : {}),
    async untilReady() {
      for (const part of parts) await part.untilReady();
    },
    ownEnds: () => parts.flatMap(({ ownEnds }) => ownEnds),
    async stop() {
      const codes: Record<string, number | null> = {};
      for (const part of [...parts].reverse()) codes[part.name] = await part.stop('SIGTERM');
      await influx?.remove();
      disk?.remove();
      folder?.remove();
      return codes;
    },
  };
}

interface Shared {
  dataDir: string;
  influxUrl: string | undefined;
}

async function freePorts(): Promise<{ httpPort: number; mqttPort: number }> {
  return { httpPort: await freePort(), mqttPort: await freePort() };
}

async function oneProcess({ dataDir, influxUrl }: Shared): Promise<Supervised> {
  const env = influxUrl ? { INFLUX_URL: influxUrl } : {};
  return new Supervised({ name: 'platform', dataDir, env, ports: await freePorts() });
}

async function apart({ dataDir, influxUrl = '' }: Shared): Promise<Supervised[]> {
  const ports = await freePorts();
  const env = {
    INFLUX_URL: influxUrl,
    BROKER_URL: `mqtt://admin:${adminToken}@127.0.0.1:${ports.mqttPort}`,
  };
  const part = (name: string, more: object): Supervised =>
    new Supervised({ name, args: [name], dataDir, ports, ...more });
  return [part('broker', {}), part('ingest', { env }), part('dashboard', { env })];
}
