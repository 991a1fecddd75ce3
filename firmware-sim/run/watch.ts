import type { Span } from '../sensors/trouble.ts';
import type { Crew } from './crew.ts';
import type { FleetState } from './fleet-state.ts';
import { sumOf } from './fleet-state.ts';
import type { Phase, Progress } from './progress.ts';
import type { Witness } from './witness.ts';

/** Progress is told, and hashes of messages are fetched, so often. */
const lookEveryMs = 500;

export interface WatchDeps {
  clock: () => number;
  onProgress: (progress: Progress) => void;
  witness?: Witness | undefined;
}

/** Looks at all parts of a fleet now and then, and tells how far they are. */
export class Watch {
  readonly #crews: readonly Crew[];
  readonly #deps: WatchDeps;
  readonly #timer: NodeJS.Timeout;
  #phase: Phase = 'connecting';
  #begun: { span: Span; startedAt: number } | undefined;
  #last: FleetState | undefined;

  constructor(crews: readonly Crew[], deps: WatchDeps) {
    this.#crews = crews;
    this.#deps = deps;
    this.#timer = setInterval(() => this.#tell(), lookEveryMs);
  }

  tell(phase: Phase): void {
    this.#phase = phase;
    this.#tell();
  }

  /** Time has begun to run. */
  begin(span: Span, startedAt: number): void {
    this.#begun = { span, startedAt };
    this.tell('running');
  }

  look(): FleetState {
    const states = this.#crews.map((crew) => crew.state());
    for (const { acknowledged } of states) this.#deps.witness?.acknowledged(acknowledged);
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
    this.#deps.onProgress({ phase: this.#phase, now, startedAt, span, state });
  }
}
