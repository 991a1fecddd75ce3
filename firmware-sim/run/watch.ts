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
  #phase: Phase | undefined;
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

  /** A new phase is told at once, and how much it is to count; how far it has come with the next look. */
  tell(phase: Phase, counted?: Counted): void {
    const isNew = phase !== this.#phase || counted?.of !== this.#counted?.of;
    this.#phase = phase;
    this.#counted = counted;
    if (isNew) this.#tell();
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
    const phase = this.#phase;
    if (!phase) return;
    const isOver = isAfterwards(phase);
    const state = isOver && this.#last ? this.#last : this.look();
    const { span, startedAt } = this.#begun ?? {};
    const now = this.#deps.clock();
    const counted = this.#counted;
    this.#deps.onProgress({ phase, counted, now, startedAt, span, state });
  }
}

/** All devices have left: what remains is to look at the platform. */
export function isAfterwards(phase: Phase): boolean {
  return phase === 'storing' || phase === 'reading back';
}
