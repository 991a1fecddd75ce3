import { cpSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { influxMissing, startInfluxServer } from '../../support/influx-server.ts';
import { startPlatform } from '../../support/platform.ts';
import { makeTempFolder } from '../../support/temp-folder.ts';
import { countKeys, fatesOf, startSensorplatz } from '../peers.ts';
import type { AnyRow } from './row.ts';
import { LoaderCosts, runLoader } from './run-loader.ts';
import type { Settings } from './settings.ts';
import { figure, spreadText } from './table.ts';

const messages = 1_000_000;
const readingsPerMessage = 2;
const connections = 50;
const allowedS = 10;
const storedMsMax = 300_000;
const target = { atMost: 1 };

/**
 * From the start of a platform that was killed with a million messages in its journal, none of them stored, until it
 * is ready; and until all of them are stored. The journal is made once, with an InfluxDB that has gone away; each
 * round starts on a copy of it, with the embedded store.
 */
export async function measureRestart(settings: Settings): Promise<AnyRow[]> {
  const count = Math.round(messages * settings.scale);
  const what = `restart with ${count.toLocaleString('en')} journalled, unstored messages until ready`;
  const missing = influxMissing();
  if (missing) return [{ what, target, notMeasured: missing }];
  const folder = makeTempFolder();
  try {
    const made = await makeJournal(folder.path, count);
    settings.print(`  restart: ${made.acked} messages in ${figure(made.megabytes)} MB of journal`);
    const readyS: number[] = [];
    const storedS: number[] = [];
    let lost = 0;
    let readBack = 0;
    for (let round = 1; round <= settings.rounds; round += 1) {
      const once = await restart(folder.path, made.acked * readingsPerMessage);
      readyS.push(once.readyS);
      storedS.push(once.storedS);
      readBack += once.found;
      lost += made.acked * readingsPerMessage - once.found;
      settings.print(`  restart: round ${round}, ready after ${once.readyS.toFixed(1)} s`);
    }
    return [
      {
        what,
        unit: 's',
        ours: readyS,
        peer: { name: 'allowed', values: [allowedS] },
        target,
        loader: made.loader,
        lost,
        readBack,
        notes: [
          `from the start of the process, transpiling included; ${made.acked.toLocaleString('en')} messages of ${readingsPerMessage} readings, ${figure(made.megabytes)} MB, killed with SIGKILL`,
          `until everything is stored ${spreadText(storedS, 's')}`,
          `made at ${figure(made.acksPerS)} acks/s while the store was away`,
        ],
      },
    ];
  } finally {
    folder.remove();
  }
}

async function makeJournal(dataDir: string, count: number) {
  const influx = await startInfluxServer();
  try {
    const ours = await startSensorplatz({ INFLUX_URL: influx.url }, { dataDir });
    try {
      await influx.stop('SIGKILL');
      const result = await runLoader(ours, { connections, messages: count, seconds: 300 });
      await ours.platform.stop('SIGKILL');
      const loader = new LoaderCosts();
      loader.add({
        cpuS: result.loaderCpuS,
        threadS: result.loaderThreadS,
        seconds: result.seconds,
        messages: result.acked,
      });
      return { ...result, loader, megabytes: sizeOf(join(dataDir, 'journal')) / 1e6 };
    } finally {
      await ours.platform.stop('SIGKILL');
    }
  } finally {
    await influx.remove();
  }
}

function sizeOf(folder: string): number {
  return readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
}

async function restart(
  from: string,
  readings: number,
): Promise<{ readyS: number; storedS: number; found: number }> {
  const folder = makeTempFolder();
  try {
    cpSync(from, folder.path, { recursive: true });
    const startedAt = performance.now();
    const secondsSo = () => (performance.now() - startedAt) / 1000;
    const platform = await startPlatform({ dataDir: folder.path });
    const readyS = secondsSo();
    let storedS = Number.NaN;
    try {
      while (Number.isNaN(storedS)) {
        const { stored, duplicate, rejected } = await fatesOf(platform);
        if (stored + duplicate + rejected >= readings) storedS = secondsSo();
        else if (secondsSo() * 1000 > storedMsMax) break;
        else await sleep(50);
      }
    } finally {
      await platform.stop();
    }
    return { readyS, storedS, found: await countKeys(folder.path) };
  } finally {
    folder.remove();
  }
}
