import { setTimeout as sleep } from 'node:timers/promises';
import { median, quantile } from '../figures.ts';
import { startSensorplatz } from '../peers.ts';
import { type LiveFrames, openLiveFrames } from './live-frames.ts';
import { type PacedLoad, startPacedLoad } from './paced-load.ts';
import { PacedRounds } from './paced-rounds.ts';
import type { AnyRow } from './row.ts';
import type { Settings } from './settings.ts';
import { spreadText } from './table.ts';

const rate = 10_000;
const devices = 5_000;
const connections = 100;
const metrics = ['pm10', 'pm2_5'];
const warmUpS = 8;
const roundS = 12;
/** Frames go out each tick of 250 ms; the way there and back may take 100 ms more. */
const allowedMs = 350;

/**
 * From the publish of a reading to the arrival of the frame that has it, at an operator's reader of the stream. Each
 * value of each frame is a sample: its event time is the instant at which the loader made the message.
 */
export async function measureLive(settings: Settings): Promise<AnyRow[]> {
  const ours = await startSensorplatz();
  let load: PacedLoad | undefined;
  let frames: LiveFrames | undefined;
  try {
    const seconds = warmUpS + roundS * settings.rounds + 120;
    load = await startPacedLoad(ours, { devices, connections, rate, metrics, seconds });
    frames = await openLiveFrames(ours.platform);
    const rounds = new PacedRounds(ours, load);
    const quantiles: { p50: number; p99: number; max: number }[] = [];
    await sleep(warmUpS * 1000);
    for (let round = 1; round <= settings.rounds; round += 1) {
      frames.takeAges();
      await rounds.measure(Math.max(2, roundS * settings.scale));
      const ages = frames.takeAges();
      quantiles.push({ p50: median(ages), p99: quantile(ages, 0.99), max: quantile(ages, 1) });
      settings.print(`  live: round ${round} of ${settings.rounds}, ${ages.length} values`);
    }
    const { isCutOff, count } = frames;
    frames.close();
    const { loss, fault } = await rounds.finish(metrics.length);
    return [
      {
        what: 'publish → SSE frame, p99, at 10,000 messages/s',
        unit: 'ms',
        ours: quantiles.map(({ p99 }) => p99),
        peer: { name: 'allowed: tick 250 + 100,', values: [allowedMs] },
        target: { atMost: 1 },
        loader: rounds.loader,
        ...loss,
        ...faultOf(isCutOff ? 'the stream was cut off' : (fault ?? rounds.shortOf(rate))),
        notes: [
          `${devices} devices over ${connections} connections, ${metrics.length} readings a message`,
          `p50 ${spreadText(
            quantiles.map(({ p50 }) => p50),
            'ms',
          )}, longest ${spreadText(
            quantiles.map(({ max }) => max),
            'ms',
          )}; ${count} frames`,
          `acknowledged ${spreadText(rounds.ackedPerS, 'messages/s')}, p99 of the acknowledgements ${spreadText(rounds.ackP99Ms, 'ms')}`,
        ],
      },
    ];
  } finally {
    frames?.close();
    load?.kill();
    await ours.stop();
  }
}

/** Only there when there is one. */
function faultOf(fault: string | undefined): { fault?: string } {
  return fault === undefined ? {} : { fault };
}
