import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cityGeoJson } from '../firmware-sim/city/geojson.ts';
import { demoIntervalScale, startSimulation } from '../firmware-sim/simulation.ts';
import { loadEnvFile, runProcess } from './run-process.ts';

/**
 * `npm run demo`: the platform with a simulated city that publishes over MQTT. Its data stay apart from
 * real ones, in `data/demo` unless DATA_DIR says otherwise, and every page says that they are simulated.
 */
const seed = 'demo';
const devices = 320;
const historyMs = 24 * 3_600_000;

loadEnvFile();
const {
  DATA_DIR = join('data', 'demo'),
  ADMIN_TOKEN = `sp_${randomBytes(24).toString('base64url')}`,
} = process.env;

void runProcess({
  args: process.argv.slice(2),
  source: { LOG_LEVEL: 'warn', ...process.env, DATA_DIR, ADMIN_TOKEN },
  demo: true,
  baseMap(env) {
    const path = join(env.process.DATA_DIR, 'city.geojson');
    mkdirSync(env.process.DATA_DIR, { recursive: true, mode: 0o700 });
    writeFileSync(path, JSON.stringify(cityGeoJson(seed)));
    return path;
  },
  more: ({ env, log }) => ({
    name: 'simulation',
    async start(signal) {
      if (!process.env.ADMIN_TOKEN) {
        process.stdout.write(`\n  Administrator's token of this run: ${ADMIN_TOKEN}\n`);
      }
      const simulation = startSimulation(
        {
          seed,
          devices,
          intervalScale: demoIntervalScale,
          mqttUrl: `mqtt://${env.api.HOST}:${env.broker.MQTT_PORT}`,
          api: { url: `http://${env.api.HOST}:${env.api.HTTP_PORT}`, adminToken: ADMIN_TOKEN },
          historyMs,
        },
        { clock: Date.now, log: log.child({ service: 'firmware-sim' }) },
      );
      signal.addEventListener('abort', () => void simulation.stop());
      await simulation.start();
      if (!signal.aborted) {
        process.stdout.write(`\n${devices} simulated devices publish. Stop with Ctrl-C.\n`);
      }
      return () => simulation.stop();
    },
  }),
});
