import { setTimeout as sleep } from 'node:timers/promises';
import { startSensorplatz } from '../peers.ts';
import { type PacedLoad, startPacedLoad } from './paced-load.ts';
import { PacedRounds } from './paced-rounds.ts';
import type { AnyRow, LoaderCost } from './row.ts';
import type { Settings } from './settings.ts';
import { spreadText } from './table.ts';

const sizes = [100, 1_000, 10_000, 50_000];
const rate = 10_000;
/** Gateways: the number of connections is not what grows here. */
const connections = 100;
const metrics = ['pm10', 'pm2_5'];
/** Each size is measured over a whole minute, so that each has one roll-up of minutes in it. */
const measuredS = 60;
const warmUpS = 5;
const warmUpMsMax = 60_000;
const mostApart = 1.5;

const whole = ({ scale }: Settings): number => Math.max(4, measuredS * scale);

/** One time that a size was measured, on a platform of its own. */
interface Pass {
  messages: number;
  cpuUs: number;
  /** µs a message, of each stretch. */
  stretches: readonly number[];
  loader: LoaderCost;
  loss: { lost: number; readBack: number };
  fault: string | undefined;
}

interface Grown {
  devices: number;
  passes: readonly Pass[];
  /** Over all passes. */
  usPerMessage: number;
}

/**
 * CPU time of a message when the same messages come from more and more devices. There and back: minutes of a machine
 * are not alike, and what changes as time goes on meets all sizes so.
 */
export async function measureGrowth(settings: Settings): Promise<AnyRow[]> {
  const passes: { devices: number; pass: Pass }[] = [];
  for (const devices of [...sizes, ...sizes.toReversed()]) {
    const pass = await measureSize(devices, settings);
    passes.push({ devices, pass });
    const us = (pass.cpuUs / pass.messages).toFixed(1);
    settings.print(`  growth: ${devices} devices, ${us} µs a message`);
  }
  const grown = sizes.map((size) =>
    together(
      size,
      passes.filter(({ devices }) => devices === size).map(({ pass }) => pass),
    ),
  );
  return rowsOf(grown, settings);
}

function together(devices: number, passes: readonly Pass[]): Grown {
  const cpuUs = passes.reduce((sum, pass) => sum + pass.cpuUs, 0);
  const messages = passes.reduce((sum, pass) => sum + pass.messages, 0);
  return { devices, passes, usPerMessage: cpuUs / messages };
}

function rowsOf(grown: readonly Grown[], settings: Settings): AnyRow[] {
  const byCost = [...grown].sort((a, b) => a.usPerMessage - b.usPerMessage);
  const [cheapest, dearest] = [byCost[0], byCost.at(-1)];
  if (!cheapest || !dearest) return [];
  const all = grown.flatMap(({ devices, passes }) => passes.map((pass) => ({ devices, ...pass })));
  const faults = all.flatMap(({ devices, fault }) =>
    fault ? [`${devices} devices: ${fault}`] : [],
  );
  return [
    {
      what: `CPU µs a message, dearest of ${sizes.map((size) => size.toLocaleString('en')).join(' / ')} devices`,
      unit: 'µs',
      ours: [dearest.usPerMessage],
      peer: { name: `cheapest (${cheapest.devices} devices)`, values: [cheapest.usPerMessage] },
      target: { atMost: mostApart },
      loader: {
        usPerMessage: dearest.passes.flatMap(({ loader }) => loader.usPerMessage),
        busyPercent: dearest.passes.flatMap(({ loader }) => loader.busyPercent),
      },
      lost: all.reduce((sum, { loss }) => sum + loss.lost, 0),
      readBack: all.reduce((sum, { loss }) => sum + loss.readBack, 0),
      ...(faults.length > 0 && { fault: faults.join('; ') }),
      notes: [
        `${rate} messages/s over ${connections} connections (gateways with a provider's token), ${metrics.length} readings a message; up through the sizes and down again`,
        ...grown.map((each) => noteOf(each, settings)),
      ],
    },
  ];
}

function noteOf({ devices, passes, usPerMessage }: Grown, settings: Settings): string {
  const each = passes.map(({ cpuUs, messages }) => (cpuUs / messages).toFixed(1)).join(' and ');
  const stretches = passes.flatMap((pass) => pass.stretches);
  return `${devices.toLocaleString('en')} devices: ${usPerMessage.toFixed(1)} µs (${each}, over ${whole(settings)} s each), stretches ${spreadText(stretches, 'µs')}`;
}

/** Every device has been heard, and what that held up has been made up for; or enough time has passed. */
async function everybodyCame(load: PacedLoad, devices: number): Promise<void> {
  const deadline = performance.now() + warmUpMsMax;
  await sleep((warmUpS + devices / rate) * 1000);
  for (;;) {
    const { sent, acked } = await load.report();
    const hasCome = acked >= devices && sent - acked < rate / 2;
    if (hasCome || performance.now() > deadline) return;
    await sleep(500);
  }
}

async function measureSize(devices: number, settings: Settings): Promise<Pass> {
  const ours = await startSensorplatz();
  let load: PacedLoad | undefined;
  try {
    const seconds = 2 * measuredS + 120;
    load = await startPacedLoad(ours, { devices, connections, rate, metrics, seconds });
    await everybodyCame(load, devices);
    const rounds = new PacedRounds(ours, load);
    for (let round = 0; round < settings.rounds; round += 1) {
      await rounds.measure(whole(settings) / settings.rounds);
    }
    const { serverUsPerMessage: stretches, messages: perStretch } = rounds;
    const { loss, fault } = await rounds.finish(metrics.length);
    return {
      messages: perStretch.reduce((sum, messages) => sum + messages, 0),
      cpuUs: stretches.reduce((sum, us, index) => sum + us * (perStretch[index] ?? 0), 0),
      stretches,
      loader: rounds.loader,
      loss,
      fault: fault ?? rounds.shortOf(rate),
    };
  } finally {
    load?.kill();
    await ours.stop();
  }
}
