import { setTimeout as sleep } from 'node:timers/promises';
import { cpuSeconds, residentMb } from '../figures.ts';
import { fatesOf, type Sensorplatz, startSensorplatz, waitingOf } from '../peers.ts';
import { type LiveFrames, openLiveFrames } from './live-frames.ts';
import { type PacedLoad, startPacedLoad } from './paced-load.ts';
import type { AnyRow } from './row.ts';
import { LoaderCosts } from './run-loader.ts';
import type { Settings } from './settings.ts';
import { figure } from './table.ts';

const devices = 5_000;
const metrics = ['pm10', 'pm2_5', 'temperature', 'relative_humidity'];
/** The end of ThingsBoard's own table: 5,000 messages/s of 3 points, at 95 % of the CPU. Not measured by us. */
const published = { name: 'ThingsBoard, published, 2 vCPUs,', pointsPerS: 15_000 };

/** The search: a rate holds for a step when nearly all of it is sent, and little waits for its ack or for the store. */
const firstRate = 30_000;
const rateMin = 500;
const rateMax = 100_000;
const stepUp = 1.25;
/** Behind the last big step that held. */
const smallStepUp = 1.1;
const stepDown = 0.8;
const stepS = 12;
const holdsFrom = 0.98;
const underWaySMax = 1;
const waitsSMax = 3;
/** Of the highest step that held: a step is too short for a roll-up of minutes, or for a backlog that grows slowly. */
const heldShare = 0.82;
/** Backlog that does not count as grown, in seconds of the rate. */
const backlogSMax = 5;
const sampleMs = 15_000;
const settleMsMax = 600_000;

/**
 * Points per second that are stored over minutes, from devices with a connection each, with everything on as it is by
 * default (rules, tiers) and a reader of the live stream. First the highest rate that holds is searched for, then
 * most of it is offered for the whole time.
 */
export async function measureSustained(settings: Settings): Promise<AnyRow[]> {
  const ours = await startSensorplatz();
  let load: PacedLoad | undefined;
  let frames: LiveFrames | undefined;
  try {
    const seconds = settings.sustainMinutes * 60 + 1_200;
    const connections = Math.max(100, Math.round(devices * Math.min(1, settings.scale)));
    const options = { devices: connections, connections, rate: 0, metrics, seconds };
    load = await startPacedLoad(ours, options);
    frames = await openLiveFrames(ours.platform);
    const run = { ours, load, settings };
    await warmUp(run);
    const { rate, steps } = await highestRate(run);
    await ours.settle(settleMsMax);
    const held = await hold(run, rate * heldShare);
    const { isCutOff, count } = frames;
    frames.close();
    const end = await load.finish();
    const { rejected } = await ours.settle(settleMsMax);
    const readBack = await ours.stopAndCount();
    const lost = Math.max(0, end.acked * metrics.length - readBack);
    const faults = [
      ...held.faults,
      ...(isCutOff ? ['the live stream was cut off'] : []),
      ...(rejected > 0 ? [`${rejected} readings were rejected`] : []),
      ...(end.closed > 0 ? [`${end.closed} connections were closed`] : []),
    ];
    return [
      {
        what: `points/s stored, sustained ${settings.sustainMinutes} min, ${connections.toLocaleString('en')} devices`,
        unit: 'points/s',
        ours: [held.pointsPerS],
        peer: { name: published.name, values: [published.pointsPerS] },
        target: { atLeast: 10 },
        loader: held.loader,
        lost,
        readBack,
        ...(faults.length > 0 && { fault: faults.join('; ') }),
        notes: [
          `${figure(rate * heldShare)} messages/s offered, ${metrics.length} points each, a connection for each device; steps: ${steps.join(', ')}`,
          ...held.notes,
          `default rules, all tiers, ${count} frames to one reader of the live stream`,
        ],
      },
    ];
  } finally {
    frames?.close();
    load?.kill();
    await ours.stop();
  }
}

interface Run {
  ours: Sensorplatz;
  load: PacedLoad;
  settings: Settings;
}

/** Every device is known before anything is measured. */
async function warmUp({ ours, load }: Run): Promise<void> {
  await load.setRate(1_000);
  await sleep(((devices / 1_000) * 2 + 2) * 1000);
  await load.setRate(0);
  await ours.settle();
}

/** The highest step that held: upwards while they hold, or downwards to the first that does. */
async function highestRate(run: Run): Promise<{ rate: number; steps: string[] }> {
  const steps: string[] = [];
  const heldOnce = async (rate: number): Promise<boolean> => {
    const isHeld = await holds(run, rate);
    steps.push(`${figure(rate)} ${isHeld ? 'held' : 'did not'}`);
    run.settings.print(`  sustained: ${steps.at(-1)}`);
    return isHeld;
  };
  // Once more when it did not: a pause of the machine, or code that is not warm yet, is no limit.
  const tried = async (rate: number): Promise<boolean> =>
    (await heldOnce(rate)) || (await heldOnce(rate));
  let rate = firstRate;
  if (await tried(rate)) {
    while (rate * stepUp <= rateMax && (await tried(rate * stepUp))) rate *= stepUp;
    if (await tried(rate * smallStepUp)) rate *= smallStepUp;
    return { rate, steps };
  }
  do rate *= stepDown;
  while (rate > rateMin && !(await tried(rate)));
  return { rate, steps };
}

async function holds({ ours, load, settings }: Run, rate: number): Promise<boolean> {
  const before = await load.setRate(rate);
  const begunAt = performance.now();
  await sleep(Math.max(4, stepS * settings.scale) * 1000);
  const waiting = waitingOf(await fatesOf(ours.platform));
  const due = ((performance.now() - begunAt) / 1000) * rate;
  const after = await load.setRate(0);
  await ours.settle(settleMsMax);
  return (
    after.sent - before.sent >= due * holdsFrom &&
    after.sent - after.acked <= underWaySMax * rate &&
    waiting <= waitsSMax * rate * metrics.length
  );
}

interface Held {
  pointsPerS: number;
  loader: LoaderCosts;
  faults: string[];
  notes: string[];
}

async function hold({ ours, load, settings }: Run, rate: number): Promise<Held> {
  const before = await load.setRate(rate);
  const storedBefore = (await fatesOf(ours.platform)).stored;
  const cpuBefore = cpuSeconds(ours.pid);
  const begunAt = performance.now();
  const elapsedMs = (): number => performance.now() - begunAt;
  const untilMs = settings.sustainMinutes * 60_000;
  let waitingMost = 0;
  while (elapsedMs() < untilMs) {
    await sleep(Math.min(sampleMs, untilMs - elapsedMs()));
    const fates = await fatesOf(ours.platform);
    waitingMost = Math.max(waitingMost, waitingOf(fates));
    const perS = (fates.stored - storedBefore) / (elapsedMs() / 1000);
    settings.print(
      `  sustained: ${Math.round(elapsedMs() / 1000)} s, ${figure(perS)} points/s stored, ${waitingOf(fates)} waiting, ${Math.round(residentMb(ours.pid))} MB`,
    );
  }
  const fates = await fatesOf(ours.platform);
  const seconds = elapsedMs() / 1000;
  const after = await load.setRate(0);
  const cpuS = cpuSeconds(ours.pid) - cpuBefore;
  const acked = after.acked - before.acked;
  const loader = new LoaderCosts();
  loader.add({
    cpuS: after.cpuS - before.cpuS,
    threadS: after.threadS - before.threadS,
    seconds,
    messages: acked,
  });
  const waiting = waitingOf(fates);
  const short = acked < seconds * rate * holdsFrom;
  return {
    pointsPerS: (fates.stored - storedBefore) / seconds,
    loader,
    faults: [
      ...(short ? [`only ${figure(acked / seconds)} messages/s were acknowledged`] : []),
      ...(waiting > backlogSMax * rate * metrics.length
        ? [`the backlog has grown to ${figure(waiting)} points`]
        : []),
    ],
    notes: [
      `acknowledgements p50 ${after.ackMs.p50} ms, p99 ${after.ackMs.p99} ms, longest ${after.ackMs.max} ms; at most ${figure(waitingMost)} points waited for the store, ${figure(waiting)} at the end`,
      `RSS at the end ${figure(residentMb(ours.pid))} MB; ${figure(cpuS / seconds)} cores of the platform, ${figure((cpuS * 1e6) / acked)} µs a message`,
    ],
  };
}
