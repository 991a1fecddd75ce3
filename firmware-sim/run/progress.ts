import type { Span } from '../sensors/trouble.ts';
import type { FleetState } from './fleet-state.ts';

export type Phase = 'registering' | 'connecting' | 'running' | 'settling' | 'reading back';

/** How far a run is. */
export interface Progress {
  phase: Phase;
  now: number;
  /** Once time runs. */
  startedAt: number | undefined;
  span: Span | undefined;
  state: FleetState;
}

/** Where progress is shown. */
export interface Screen {
  isTty: boolean;
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
  /** Counts of the last seconds, oldest first. */
  #past: { now: number; sent: number; acknowledged: number }[] = [];

  constructor(screen: Screen) {
    this.#screen = screen;
  }

  show(progress: Progress): void {
    const lines = this.#linesOf(progress);
    if (this.#screen.isTty) {
      const up = this.#drawnLines > 0 ? `\x1b[${this.#drawnLines}A` : '';
      this.#screen.write(`${up}${lines.map((line) => `\x1b[2K${line}\n`).join('')}`);
      this.#drawnLines = lines.length;
      return;
    }
    const isNew = progress.phase !== this.#phase;
    if (!isNew && progress.now - this.#lineAt < lineEveryMs) return;
    this.#phase = progress.phase;
    this.#lineAt = progress.now;
    this.#screen.write(`${lines.map((line) => line.trim().replace(/\s+/g, ' ')).join(' | ')}\n`);
  }

  #linesOf({ phase, now, startedAt, span, state }: Progress): string[] {
    const { tally, rejected } = state.accounts;
    const { sent, acknowledged } = tally;
    this.#past.push({ now, sent, acknowledged });
    this.#past = this.#past.filter((past) => past.now >= now - rateOverMs);
    const [first = { now, sent, acknowledged }] = this.#past;
    const perS = (count: number) =>
      now > first.now ? `${Math.round((1000 * count) / (now - first.now))}/s` : '-';
    const refused = Object.values(rejected).reduce((sum, count) => sum + count, 0);
    const ms = (share: number) => `${tally.ackMs.percentile(share).toFixed(1)} ms`;
    return [
      `${phase.padEnd(14)} ${timeOf(state, span)}${endOf({ now, startedAt, span, state })}`,
      `connected      ${state.connected} of ${state.connections}, ${tally.drops} dropped, ${tally.faults} faults`,
      `sent           ${sent} (${perS(sent - first.sent)}), acknowledged ${acknowledged} (${perS(acknowledged - first.acknowledged)}), in flight ${state.inFlight}`,
      `acknowledged   p50 ${ms(0.5)}, p99 ${ms(0.99)}; errors ${tally.errors}, to be rejected ${refused}`,
    ];
  }
}

function timeOf({ at }: FleetState, span: Span | undefined): string {
  if (!span) return '';
  return `simulated time ${new Date(at ?? span.toAt).toISOString().slice(0, 19)}Z`;
}

/** When it will be over, at the speed that it has had so far. */
function endOf({ now, startedAt, span, state }: Omit<Progress, 'phase'>): string {
  if (!span || startedAt === undefined || state.at === undefined) return '';
  const done = (state.at - span.fromAt) / (span.toAt - span.fromAt);
  if (done <= 0.001 || now <= startedAt) return '';
  const leftS = Math.round(((now - startedAt) * (1 / done - 1)) / 1000);
  return `, ${(100 * done).toFixed(1)} % done, ${durationOf(leftS)} left`;
}

/** Seconds as people read them. */
export function durationOf(seconds: number): string {
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}
