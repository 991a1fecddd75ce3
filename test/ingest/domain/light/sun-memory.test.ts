import { describe, expect, it } from 'vitest';
import type { Lamp } from '../../../../broker/contract/lighting.ts';
import {
  dayFromDeg,
  lampParameters,
  nightBelowDeg,
} from '../../../../ingest/domain/light/rule-set.ts';
import { sunElevation } from '../../../../ingest/domain/light/sun.ts';
import { SunMemory } from '../../../../ingest/domain/light/sun-memory.ts';
import { seeded } from '../../../contract/store-samples.ts';

const stuttgart = { lat: 48.78, lon: 9.18 };
const noon = Date.UTC(2026, 5, 21, 11, 20);

describe('what is remembered of the sun', () => {
  it('is computed anew where the place or the angle of the lamp is another one', () => {
    const sun = new SunMemory();
    const here = sun.sideOf(noon, stuttgart, undefined);
    expect(sun.sideOf(noon + 1, stuttgart, undefined)).toBe(here);
    const tokyo = { lat: 35.7, lon: 139.7 };
    expect(sun.sideOf(noon + 1, tokyo, undefined)).toBe(sunElevation(noon + 1, tokyo));
    sun.sideOf(noon, stuttgart, undefined);
    const lamp = { nominalPowerW: 36, switchingAngleDeg: 1 };
    expect(sun.sideOf(noon + 1, stuttgart, lamp)).toBe(sunElevation(noon + 1, stuttgart));
  });

  it.each([1, 2, 3])(
    'is on the same side of both angles as the sun is, wherever and whenever (seed %i)',
    (seed) => {
      const random = seeded(seed);
      let computed = 0;
      let looks = 0;
      for (let lamps = 0; lamps < 40; lamps++) {
        const place = { lat: random() * 170 - 85, lon: random() * 360 - 180 };
        const lamp: Lamp | undefined =
          random() < 0.5
            ? undefined
            : { nominalPowerW: 36, switchingAngleDeg: Math.round(random() * 12 - 8) };
        const parameters = lampParameters(lamp);
        const sun = new SunMemory();
        let at = Date.UTC(2026, 0, 1) + random() * 365 * 86_400_000;
        for (let count = 0; count < 200; count++) {
          // Some messages are late.
          at += (random() - 0.1) * 900_000;
          const deg = sunElevation(at, place);
          const side = sun.sideOf(at, place, lamp);
          expect(side > dayFromDeg(parameters)).toBe(deg > dayFromDeg(parameters));
          expect(side < nightBelowDeg(parameters)).toBe(deg < nightBelowDeg(parameters));
          looks += 1;
          if (side === deg) computed += 1;
        }
      }
      expect(computed / looks).toBeLessThan(0.5);
    },
  );
});
