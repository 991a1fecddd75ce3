import { storeLimits } from '../limits.ts';
import type { Newest } from '../newest.ts';
import { partition, refusal } from '../storable.ts';
import type { Judgement, StoredReading, WriteOutcome } from '../store.ts';
import { type Point, uncarriable } from './escape.ts';
import { readingFields } from './fields.ts';
import { keyOf, lookUp } from './look-up.ts';
import type { Query } from './rows.ts';

export interface RawWritesDeps {
  newest: Newest<string>;
  query: Query;
  /** Writes points; answers those that the server refused, by position, with its reason. */
  write: (points: readonly Point[]) => Promise<ReadonlyMap<number, string>>;
  /** Writes the quality of points that are there. */
  writeJudged: (points: readonly Point[]) => Promise<void>;
}

/** Writes readings and their quality, so that a key exists once. The caller lets calls follow each other. */
export class RawWrites {
  readonly #deps: RawWritesDeps;
  /**
   * Keys that were new when they were last sent, but the answer did not come: they may be there by now.
   * Found there, they are stored and not duplicates.
   */
  readonly #unconfirmed = new Set<string>();

  constructor(deps: RawWritesDeps) {
    this.#deps = deps;
  }

  async write(batch: readonly StoredReading[]): Promise<WriteOutcome> {
    const { newest, query, write } = this.#deps;
    const { kept, refused } = partition(batch, rule);
    const standing = standingOf(batch, kept);
    const { doubtful } = newest.sift(
      standing.map(({ reading }) => seriesKey(reading)),
      standing.map(({ reading }) => reading.at),
    );
    const known = await lookUp(
      doubtful.map((row) => (standing[row] as Standing).reading),
      query,
    );
    const changed = standing.filter(
      ({ key, reading, replaces }) => replaces || known.get(key) !== reading.value,
    );
    const unwritten = await write(changed.map(({ reading }) => pointOf(reading))).catch(
      (error: unknown) => {
        this.#noteUnconfirmed(changed.flatMap(({ key }) => (known.has(key) ? [] : [key])));
        throw error;
      },
    );
    let duplicates = kept.length - standing.length;
    for (const { key } of standing) {
      if (known.has(key) && !this.#unconfirmed.has(key)) duplicates++;
      this.#unconfirmed.delete(key);
    }
    changed.forEach(({ key, index, reading }, position) => {
      const detail = unwritten.get(position);
      if (detail === undefined) newest.note(seriesKey(reading), reading);
      else {
        refused.push({ index, detail });
        if (known.has(key)) duplicates--;
      }
    });
    const stored = batch.length - duplicates - refused.length;
    return { stored, duplicates, refused: refused.sort((a, b) => a.index - b.index) };
  }

  /** Writes flag and reasons alone, which leaves the other fields of a point, of those readings that are there. */
  async judge(judgements: readonly Judgement[]): Promise<void> {
    const known = await lookUp(judgements, this.#deps.query);
    const points = judgements.flatMap((judgement) => {
      const { device, metric, at, flag, reasons } = judgement;
      return known.has(keyOf(judgement)) ? [{ device, metric, at, fields: { flag, reasons } }] : [];
    });
    await this.#deps.writeJudged(points);
  }

  #noteUnconfirmed(keys: readonly string[]): void {
    // Whoever writes repeats what failed before anything else, so that these are few.
    if (this.#unconfirmed.size + keys.length > storeLimits.influxUnconfirmedMax) {
      this.#unconfirmed.clear();
    }
    for (const key of keys) this.#unconfirmed.add(key);
  }
}

/** What is left of the readings of one key in a batch. */
interface Standing {
  key: string;
  /** Into the batch. */
  index: number;
  reading: StoredReading;
  /** Whether the batch itself has replaced another value by this one. */
  replaces: boolean;
}

/** Readings as they stand after the batch: one that says the value again changes nothing, another value replaces it. */
function standingOf(batch: readonly StoredReading[], kept: readonly number[]): Standing[] {
  const standing = new Map<string, Standing>();
  for (const index of kept) {
    const reading = batch[index] as StoredReading;
    const key = keyOf(reading);
    const known = standing.get(key);
    if (known?.reading.value === reading.value) continue;
    standing.set(key, { key, index, reading, replaces: known !== undefined });
  }
  return [...standing.values()];
}

function rule(reading: StoredReading): string | undefined {
  return refusal(reading) ?? uncarriable(reading.device);
}

/** Names a series in what is remembered of the newest. */
export function seriesKey({ device, metric }: Pick<StoredReading, 'device' | 'metric'>): string {
  return `${device} ${metric}`;
}

function pointOf(reading: StoredReading): Point {
  const { device, metric, at } = reading;
  return { device, metric, at, fields: readingFields(reading) };
}
