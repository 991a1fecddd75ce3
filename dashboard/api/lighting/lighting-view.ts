import type { Device } from '../../../broker/contract/device.ts';
import { deviceKey } from '../../../broker/contract/ids.ts';
import type {
  CabinetRow,
  LampRow,
  LampState,
  Lighting,
} from '../../../broker/contract/lighting.ts';
import { cabinetHasSupply } from '../../../ingest/domain/light/cabinet.ts';
import { availabilityShare, savingShare } from '../../../ingest/domain/light/energy.ts';
import { lampFacts } from '../../../ingest/domain/light/lamp-facts.ts';
import { lampParameters } from '../../../ingest/domain/light/rule-set.ts';
import {
  darkSpan,
  type Night,
  nightsBefore,
  type Place,
} from '../../../ingest/domain/light/sun.ts';
import type { Context } from '../context.ts';
import { type Look, whatIsThere } from '../device-memory.ts';
import { visibleOfKind } from '../device-view.ts';
import { apiLimits } from '../limits.ts';
import { portionsOf } from '../read-ahead.ts';
import type { LampNight, LampNights } from './lamp-nights.ts';
import { contextOf, type LampWatch } from './lamp-watch.ts';

const nightsShown = 14;
/** Lamps that are looked at before others have their turn. */
const lampsPerTurn = 500;

/** A lamp with all that its row, its cabinet and the totals are made of. */
interface SeenLamp {
  device: Device;
  row: LampRow;
  voltageV: number | null;
  night: LampNight | undefined;
  /** When it should burn in the night, so far. */
  scheduledMs: number;
}

/** The lighting screen of some lamps, with what is read by now of their nights. @throws StoreUnavailable */
export async function lightingOf(
  context: Context,
  lamps: readonly Device[],
  { watch, nights, leftOut }: { watch: LampWatch; nights: LampNights; leftOut: number },
): Promise<Lighting> {
  const now = context.deps.clock();
  const place = middleOf(lamps);
  const shown = place ? nightsBefore(now, place, nightsShown) : [];
  const found = await whatIsThere(nights.look(lamps, shown), context.deps.historyWaitMs);
  const night = shown.at(-1);
  const own = found.at(-1);
  const schedules = createSchedules(night, place, now);
  const seen: SeenLamp[] = [];
  for (const [index, device] of lamps.entries()) {
    const scheduledMs = schedules(device);
    seen.push(seeLamp(context, device, { watch, now, night: own?.[index], scheduledMs }));
    // Thousands of them would hold up everybody else.
    if (seen.length % lampsPerTurn === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  return {
    now,
    night: night ?? null,
    isNight: night ? now < night.to : null,
    lamps: seen.map(({ row }) => row),
    leftOut,
    pending: lamps.filter((_, index) => found.some((one) => one[index] === undefined)).length,
    cabinets: cabinetsOf(seen),
    total: { ...sumOf(seen), ...sharesOf(seen) },
    nights: shown.map((one, index) => ({ ...one, ...nightEnergyOf(found[index] ?? []) })),
  };
}

/** The nights of all lamps, portion by portion, for whoever asks first. */
export function* readNightsAhead(
  context: Context,
  nights: LampNights,
): Generator<Pick<Look<LampNight>, 'whole'>> {
  const lamps = visibleOfKind(context, { sees: () => true }, 'light').slice(0, apiLimits.lampsMax);
  const place = middleOf(lamps);
  const shown = place ? nightsBefore(context.deps.clock(), place, nightsShown) : [];
  for (const portion of portionsOf(lamps, apiLimits.lampsAtOnce)) {
    yield* nights.look(portion, shown).reverse();
  }
}

/** Nights of a city differ by less than a minute or two: they are those of the middle of its lamps. */
function middleOf(lamps: readonly Device[]): Place | undefined {
  const places = lamps.flatMap(({ location }) => location ?? []);
  if (places.length === 0) return undefined;
  const middle = (values: number[]): number =>
    values.sort((a, b) => a - b)[values.length >> 1] as number;
  return { lat: middle(places.map(({ lat }) => lat)), lon: middle(places.map(({ lon }) => lon)) };
}

/** How long a lamp should burn in the night so far, by its switching angle; few angles are in use. */
function createSchedules(
  night: Night | undefined,
  place: Place | undefined,
  now: number,
): (device: Device) => number {
  const known = new Map<number, number>();
  return ({ lamp }) => {
    if (!night || !place) return 0;
    const angle = lampParameters(lamp).switchingAngleDeg;
    const before = known.get(angle);
    if (before !== undefined) return before;
    const dark = darkSpan(night, place, angle);
    const scheduledMs = Math.max(0, Math.min(dark.to, now) - dark.from);
    known.set(angle, scheduledMs);
    return scheduledMs;
  };
}

function seeLamp(
  { state }: Context,
  device: Device,
  {
    watch,
    now,
    ...rest
  }: { watch: LampWatch; now: number; night: LampNight | undefined; scheduledMs: number },
): SeenLamp {
  const key = deviceKey(device.provider, device.id);
  const slots = state.device(key)?.slots;
  const { state: lampState, sinceAt } = watch.now(device, now);
  const facts = slots && lampFacts(slots, contextOf(device, now));
  const row: LampRow = {
    device: key,
    ...(device.group === undefined ? {} : { cabinet: `${device.provider}/${device.group}` }),
    state: lampState,
    sinceAt,
    powerW: facts?.powerW ?? null,
    expectedPowerW: facts?.expectedPowerW ?? null,
    dimLevelPercent: facts?.dim == null ? null : facts.dim * 100,
    energyKwh: rest.night?.energyKwh ?? null,
    unknownEnergyMs: rest.night?.unknownMs ?? 0,
    litMs: rest.night?.litMs ?? null,
    operatingHoursH: slots?.get('operating_hours')?.value ?? null,
  };
  return { device, row, voltageV: facts?.voltageV ?? null, ...rest };
}

function cabinetsOf(lamps: readonly SeenLamp[]): CabinetRow[] {
  const cabinets = new Map<string, SeenLamp[]>();
  for (const lamp of lamps) {
    const { cabinet } = lamp.row;
    if (cabinet === undefined) continue;
    const known = cabinets.get(cabinet);
    if (known) known.push(lamp);
    else cabinets.set(cabinet, [lamp]);
  }
  return [...cabinets]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([cabinet, own]) => ({
      cabinet,
      hasSupply: cabinetHasSupply(own.map(({ row, voltageV }) => ({ state: row.state, voltageV }))),
      ...sumOf(own),
    }));
}

function sumOf(lamps: readonly SeenLamp[]) {
  const states: Partial<Record<LampState, number>> = {};
  let powerW = 0;
  for (const { row } of lamps) {
    states[row.state] = (states[row.state] ?? 0) + 1;
    powerW += row.powerW ?? 0;
  }
  const { energyKwh, lamps: energyLamps } = energyOf(lamps.flatMap(({ night }) => night ?? []));
  return { lamps: lamps.length, states, powerW, energyKwh: energyKwh ?? 0, energyLamps };
}

/** Energy of those lamps where it is known; null: of none. */
function energyOf(nights: readonly LampNight[]): { energyKwh: number | null; lamps: number } {
  const known = nights.flatMap(({ energyKwh }) => energyKwh ?? []);
  const energyKwh = known.length > 0 ? known.reduce((sum, one) => sum + one, 0) : null;
  return { energyKwh, lamps: known.length };
}

/** Of a night that is read in part no sum is told: it would look like a night that took little. */
function nightEnergyOf(nights: readonly (LampNight | undefined)[]) {
  const read = nights.flatMap((one) => one ?? []);
  const pending = nights.length - read.length;
  const energy = energyOf(read);
  return { ...energy, ...(pending > 0 ? { energyKwh: null } : {}), pending };
}

/** Both of those lamps only where what they need is known, of the whole night so far. */
function sharesOf(
  lamps: readonly SeenLamp[],
): Pick<Lighting['total'], 'savingShare' | 'availabilityShare'> {
  let [energyKwh, wattMs, litMs, scheduledMs] = [0, 0, 0, 0];
  for (const { device, night, scheduledMs: should } of lamps) {
    const nominalPowerW = device.lamp?.nominalPowerW;
    if (night?.energyKwh != null && night.unknownMs === 0 && nominalPowerW !== undefined) {
      energyKwh += night.energyKwh;
      wattMs += nominalPowerW * should;
    }
    if (night?.litMs == null) continue;
    const could = Math.min(should, night.knownMs);
    litMs += Math.min(night.litMs, could);
    scheduledMs += could;
  }
  return {
    savingShare: savingShare({ energyKwh, nominalPowerW: 1, lightingMs: wattMs }),
    availabilityShare: availabilityShare(litMs, scheduledMs),
  };
}
