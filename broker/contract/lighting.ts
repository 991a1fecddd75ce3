import { z } from 'zod';
import { DeviceKey } from './ids.ts';

/** What a lamp is, as its owner says: what its power is judged by (TALQ `LampType`). */
export const Lamp = z.object({
  nominalPowerW: z.number().min(1).max(5_000),
  standbyPowerW: z.number().min(0).max(100).optional().describe('drawn while off; default 1 W'),
  powerToleranceShare: z
    .number()
    .min(0.01)
    .max(1)
    .optional()
    .describe('of the expected power; default 0.25'),
  warmUpMs: z.int().min(0).max(1_800_000).optional().describe('default 120 s'),
  powerFactorMin: z
    .number()
    .min(0)
    .max(1)
    .optional()
    .describe('at half light and more; default 0.8'),
  switchingAngleDeg: z
    .number()
    .min(-18)
    .max(5)
    .optional()
    .describe('elevation of the sun below which it burns; default -4'),
});
export type Lamp = z.infer<typeof Lamp>;

/** How a lamp stands, worst first; the rules are in `ingest/domain/light`. */
export const lampStates = [
  'supply-loss',
  'failed',
  'day-burner',
  'unexpected-on',
  'dark-at-night',
  'cycling',
  'power-high',
  'power-low',
  'power-factor-low',
  'voltage-high',
  'voltage-low',
  'unknown',
  'on',
  'off',
] as const;
export const LampState = z.enum(lampStates);
export type LampState = z.infer<typeof LampState>;

/** A lamp on the lighting screen. Null: not known. */
export const LampRow = z.object({
  device: DeviceKey,
  cabinet: z.string().optional().describe('<provider>/<group>'),
  state: LampState,
  sinceAt: z.int().nullable().describe('since when it stands so, epoch ms UTC'),
  powerW: z.number().nullable(),
  expectedPowerW: z.number().nullable(),
  dimLevelPercent: z.number().nullable(),
  energyKwh: z.number().nullable().describe('of the night'),
  unknownEnergyMs: z.number().describe('part of the night for which the energy is not known'),
  litMs: z.number().nullable().describe('burning time of the night'),
  operatingHoursH: z.number().nullable().describe('since it was installed'),
});
export type LampRow = z.infer<typeof LampRow>;

export const CabinetRow = z.object({
  cabinet: z.string().describe('<provider>/<group>'),
  lamps: z.int(),
  /** Lamps by state; states that no lamp is in are left out. */
  states: z.partialRecord(LampState, z.int()),
  hasSupply: z.boolean().nullable().describe('false: most of its lamps lost their supply at once'),
  powerW: z.number().describe('of the lamps that report it now'),
  energyKwh: z.number().describe('of the night, of those lamps where it is known'),
  energyLamps: z.int().describe('lamps whose energy is known'),
});
export type CabinetRow = z.infer<typeof CabinetRow>;

/** `GET /api/v1/lighting` */
export const Lighting = z.object({
  now: z.int(),
  night: z
    .object({ from: z.int(), to: z.int() })
    .nullable()
    .describe(
      'sunset to sunrise: the present night, by day the last one; epoch ms UTC. Null: no device has a place, so nobody knows when night is',
    ),
  isNight: z.boolean().nullable(),
  lamps: z.array(LampRow),
  leftOut: z.int().describe('lamps beyond the bound: they are in no figure here'),
  pending: z
    .int()
    .describe(
      'lamps of which nights are still being read: their energy and burning time come later',
    ),
  cabinets: z.array(CabinetRow),
  total: z.object({
    lamps: z.int(),
    states: z.partialRecord(LampState, z.int()),
    powerW: z.number().describe('of the lamps that report it now'),
    energyKwh: z.number(),
    energyLamps: z.int(),
    savingShare: z.number().nullable().describe('1 - energy / (nominal power × lighting hours)'),
    availabilityShare: z.number().nullable().describe('lit time / time that lamps should be lit'),
  }),
  nights: z
    .array(
      z.object({
        from: z.int(),
        to: z.int(),
        energyKwh: z.number().nullable().describe('null also while some of it is still to be read'),
        lamps: z.int().describe('lamps whose energy is known'),
        pending: z.int().describe('lamps of which this night is still being read'),
      }),
    )
    .describe('energy of the last 14 nights, oldest first'),
});
export type Lighting = z.infer<typeof Lighting>;
