import type { Span } from '../sensors/trouble.ts';
import type { Crew } from './crew.ts';
import type { FleetState } from './fleet-state.ts';
import { sumOf } from './fleet-state.ts';
import type { Counted, Phase, Progress } from './progress.ts';
import type { Witness } from './witness.ts';

/** Progress is told, and hashes of messages are fetched, so often. */
const lookEveryMs = 500;

export interface WatchDeps {
  clock: () => number;
  onProgress: (progress: Progress) => void;
}

/** Looks at all parts of a fleet now and then, and tells how far they are. */
export class Watch {
  readonly #deps: WatchDeps;
  readonly #timer: NodeJS.Timeout;
  #crews: readonly Crew[] = [];
  #witness: Witness | undefined;
  #phase: Phase = 'connecting';
  #counted: Counted | undefined;
  #begun: { span: Span; startedAt: number } | undefined;
  #last: FleetState | undefined;

  constructor(deps: WatchDeps) {
    this.#deps = deps;
    this.#timer = setInterval(() => this.#tell(), lookEveryMs);
  }

  /** These are looked at from now on. */
  follow(crews: readonly Crew[], witness: Witness | undefined): void {
    this.#crews = crews;
    this.#witness = witness;
  }

  tell(phase: Phase, counted?: Counted): void {
    this.#phase = phase;
    this.#counted = counted;
    this.#tell();
  }

  /** More is done of what the phase counts: told with the next look. */
  count(more: number): void {
    if (this.#counted) this.#counted = { ...this.#counted, done: this.#counted.done + more };
  }

  /** Time has begun to run. */
  begin(span: Span, startedAt: number): void {
    this.#begun = { span, startedAt };
    this.tell('running');
  }

  look(): FleetState {
    const states = this.#crews.map((crew) => crew.state());
    for (const { acknowledged } of states) this.#witness?.acknowledged(acknowledged);
    this.#last = sumOf(states);
    return this.#last;
  }

  /** Looks until something holds, at most so long. */
  async until(holds: (state: FleetState) => boolean, waitMs: number): Promise<void> {
    const endAt = this.#deps.clock() + waitMs;
    while (!holds(this.look()) && this.#deps.clock() < endAt)
      await new Promise((resolve) => setTimeout(resolve, lookEveryMs / 10));
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #tell(): void {
    const isOver = this.#phase === 'reading back';
    const state = isOver && this.#last ? this.#last : this.look();
    const { span, startedAt } = this.#begun ?? {};
    const now = this.#deps.clock();
    const counted = this.#counted;
    this.#deps.onProgress({ phase: this.#phase, counted, now, startedAt, span, state });
  }
}
