import type { ContainerEvent } from '../../../broker/contract/waste.ts';
import type { FillSample } from './forecast.ts';
import { wasteRuleSet as rules } from './rule-set.ts';

const hourMs = 3_600_000;

/** What is remembered of how a container filled; plain data. */
export interface FillMemory {
  /** The newest sample that counts. */
  last: FillSample;
  /** Where the newest sample jumped up from, while no other one has confirmed that. */
  roseFrom: number | null;
  /** A drop that waits for the next sample, and from where it fell. */
  low: (FillSample & { fromPercent: number }) | null;
  /** Since when it has been looked at. */
  firstAt: number;
  /** The last emptying that was seen; null: none yet. */
  emptiedAt: number | null;
  /** Where the fit of its filling begins: the last emptying, or drop of another kind. */
  fitFrom: number;
}

export interface FillStep {
  memory: FillMemory;
  event: ContainerEvent | null;
}

/**
 * Takes the next fill of a container. A large drop counts when the next sample confirms it, from its first low
 * instant: down to 25 % it is an emptying, above that a part of one or a compaction. A single low or high echo is noise.
 * What is not newer than the last sample changes nothing.
 */
export function followFill(before: FillMemory | undefined, sample: FillSample): FillStep {
  if (!before) {
    const { at } = sample;
    return {
      memory: {
        last: sample,
        roseFrom: null,
        low: null,
        firstAt: at,
        emptiedAt: null,
        fitFrom: at,
      },
      event: null,
    };
  }
  const { last, low } = before;
  if (sample.at <= (low?.at ?? last.at)) return { memory: before, event: null };
  if (low && confirms(sample, low)) return dropped(before, low, sample);
  if (last.percent - sample.percent >= rules.dropPoints && !fallsBack(before, sample)) {
    return { memory: { ...before, low: { ...sample, fromPercent: last.percent } }, event: null };
  }
  const isJump = sample.percent - last.percent >= rules.dropPoints;
  const roseFrom = isJump ? last.percent : null;
  return { memory: { ...before, last: sample, roseFrom, low: null }, event: null };
}

/** To where a single high echo came from. */
function fallsBack({ roseFrom }: FillMemory, { percent }: FillSample): boolean {
  return roseFrom !== null && Math.abs(percent - roseFrom) <= rules.agreePoints;
}

/** Still far below where it fell from, and near to where it fell. */
function confirms(
  { at, percent }: FillSample,
  { at: lowAt, percent: lowPercent, fromPercent }: FillSample & { fromPercent: number },
): boolean {
  const thrownIn = (rules.agreePointsPerHour * (at - lowAt)) / hourMs;
  const isNear = Math.abs(percent - lowPercent) <= rules.agreePoints + thrownIn;
  return (isNear || percent < lowPercent) && fromPercent - percent >= rules.dropPoints / 2;
}

function dropped(
  before: FillMemory,
  low: FillSample & { fromPercent: number },
  sample: FillSample,
): FillStep {
  const { at, fromPercent } = low;
  const toPercent = Math.min(low.percent, sample.percent);
  const isEmptied = toPercent <= rules.emptyPercent;
  return {
    memory: {
      ...before,
      last: sample,
      roseFrom: null,
      low: null,
      fitFrom: at,
      emptiedAt: isEmptied ? at : before.emptiedAt,
    },
    event: { at, event: isEmptied ? 'emptied' : 'partly-emptied', fromPercent, toPercent },
  };
}
