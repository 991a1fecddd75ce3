import type { Span } from '../sensors/trouble.ts';
import { total } from './accounts.ts';
import type { FleetState } from './fleet-state.ts';

export type Phase =
  | 'registering'
  | 'connecting'
  | 'running'
  | 'settling'
  | 'leaving'
  | 'storing'
  | 'reading back';

/** How much of a phase is done. */
export interface Counted {
  what: 'devices' | 'readings';
  done: number;
  of: number;
}

/** How far a run is. */
export interface Progress {
  phase: Phase;
  /** Of a phase that does things one by one. */
  counted?: Counted | undefined;
  now: number;
  /** Once time runs. */
  startedAt: number | undefined;
  span: Span | undefined;
  state: FleetState;
}

/** Where progress is shown. */
export interface Screen {
  isTty: boolean;
  /** Width of the terminal now; unknown: as wide as it takes. */
  columns?: () => number | undefined;
  write(text: string): void;
}

/** Without a terminal there is a line so often. */
const lineEveryMs = 10_000;
/** Rates are of the last so many ms. */
const rateOverMs = 5_000;

/** Shows progress: on a terminal as one block that is drawn anew, elsewhere as a line now and then. */
export class ProgressDisplay {
  readonly #screen: Screen;
  #drawnLines = 0;
  #lineAt = Number.NEGATIVE_INFINITY;
  #phase: Phase | undefined;
  #phaseSince = 0;
  /** Counts of the last seconds, oldest first. */
  #past: { now: number; sent: number; acknowledged: number }[] = [];

  constructor(screen: Screen) {
    this.#screen = screen;
  }

  show(progress: Progress): void {
    const isNew = progress.phase !== this.#phase;
    if (isNew) this.#phaseSince = progress.now;
    this.#phase = progress.phase;
    const lines = this.#linesOf(progress);
    if (this.#screen.isTty) {
      // A line that wraps would be two, and the block would be drawn anew one line too low.
      const width = this.#screen.columns?.() ?? Number.POSITIVE_INFINITY;
      const up = this.#drawnLines > 0 ? `\x1b[${this.#drawnLines}A` : '';
      this.#screen.write(
        `${up}${lines.map((line) => `\x1b[2K${line.slice(0, width)}\n`).join('')}`,
      );
      this.#drawnLines = lines.length;
      return;
    }
    if (!isNew && progress.now - this.#lineAt < lineEveryMs) return;
    this.#lineAt = progress.now;
    this.#screen.write(`${lines.map((line) => line.trim().replace(/\s+/g, ' ')).join(' | ')}\n`);
  }

  #linesOf(progress: Progress): string[] {
    const { phase, now, state } = progress;
    const { tally, rejected } = state.accounts;
    const { sent, acknowledged } = tally;
    this.#past.push({ now, sent, acknowledged });
    this.#past = this.#past.filter((past) => past.now >= now - rateOverMs);
    const [first = { now, sent, acknowledged }] = this.#past;
    const perS = (count: number) =>
      now > first.now ? `${Math.round((1000 * count) / (now - first.now))}/s` : '-';
    const ms = (share: number) => `${tally.ackMs.percentile(share).toFixed(1)} ms`;
    return [
      `${phase.padEnd(14)} ${howFar(progress, this.#phaseSince)}`,
      `connected      ${state.connected} of ${state.connections}, ${state.off} off, ${tally.drops} dropped, ${tally.faults} faults`,
      `sent           ${sent} (${perS(sent - first.sent)}), acknowledged ${acknowledged} (${perS(acknowledged - first.acknowledged)}), in flight ${state.inFlight}`,
      `acknowledged   p50 ${ms(0.5)}, p99 ${ms(0.99)}; errors ${tally.errors}, to be rejected ${total(rejected)}`,
    ];
  }
}

/** What is done of the phase, and when it will be over at the speed that it has had so far. */
function howFar(progress: Progress, phaseSince: number): string {
  const { phase, counted, now, startedAt, span, state } = progress;
  if (counted) {
    const { what, done, of } = counted;
    return `${done} of ${of} ${what}${endOf(done / Math.max(1, of), now - phaseSince)}`;
  }
  if (!span) return '';
  const time = `simulated time ${new Date(state.at ?? span.toAt).toISOString().slice(0, 19)}Z`;
  if (phase !== 'running' || state.at === undefined || startedAt === undefined) return time;
  return time + endOf((state.at - span.fromAt) / (span.toAt - span.fromAt), now - startedAt);
}

/** @param done share of all */
function endOf(done: number, elapsedMs: number): string {
  if (done <= 0.001 || elapsedMs <= 0) return '';
  const share = Math.min(1, done);
  const leftS = Math.round((elapsedMs * (1 / share - 1)) / 1000);
  return `, ${(100 * share).toFixed(1)} % done, ${durationOf(leftS)} left`;
}

/** Seconds as people read them. */
export function durationOf(seconds: number): string {
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}
