import type { Lamp } from '../../../broker/contract/lighting.ts';
import { dayFromDeg, lampParameters, nightBelowDeg } from './rule-set.ts';
import { type Place, sunElevation } from './sun.ts';

/** The sun goes round in a day, and its own way is far slower: it never climbs or sinks faster, degrees per ms. */
const degPerMsMax = 15.1 / 3_600_000;
/** What the refraction that is taken out may leave. */
const hairDeg = 0.1;

/**
 * The elevation of the sun for one lamp, as far as its state asks: by day and by night it is computed anew only when
 * it may have crossed one of the two angles that decide, since a message of a lamp costs less than the sun does. What
 * it gives is on the same side of both as {@link sunElevation} is.
 */
export class SunMemory {
  #place: Place = { lat: Number.NaN, lon: Number.NaN };
  #switchingAngleDeg: number | undefined;
  #deg = 0;
  /** Instants between which it may be told again. */
  #from = 0;
  #to = 0;

  sideOf(at: number, place: Place, lamp: Lamp | undefined): number {
    const { lat, lon } = this.#place;
    const isKnown =
      at > this.#from &&
      at < this.#to &&
      place.lat === lat &&
      place.lon === lon &&
      lamp?.switchingAngleDeg === this.#switchingAngleDeg;
    return isKnown ? this.#deg : this.#look(at, place, lamp);
  }

  #look(at: number, place: Place, lamp: Lamp | undefined): number {
    const deg = sunElevation(at, place);
    const parameters = lampParameters(lamp);
    const farDeg = Math.min(
      Math.abs(deg - dayFromDeg(parameters)),
      Math.abs(deg - nightBelowDeg(parameters)),
    );
    const heldMs = Math.max(0, farDeg - hairDeg) / degPerMsMax;
    this.#place = place;
    this.#switchingAngleDeg = lamp?.switchingAngleDeg;
    this.#deg = deg;
    this.#from = at - heldMs;
    this.#to = at + heldMs;
    return deg;
  }
}
