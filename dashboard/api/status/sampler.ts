import type { StandingCounts, StandingHistory } from '../../../broker/contract/platform-status.ts';
import type { Context } from '../context.ts';
import { countStandings } from './count-standings.ts';
import { type Figures, readFigures, turnLoopDelay } from './figures.ts';
import { FiguresRing, figuresEveryMs } from './figures-ring.ts';
import { type HistoryAudience, StandingCountsHistory, sampleEveryMs } from './standing-history.ts';

const dayMs = 86_400_000;

/** Keeps what the status page compares with: metrics every 10 s for an hour, counts of devices for eight days. */
export class StatusSampler {
  readonly ring = new FiguresRing();
  readonly #context: Pick<Context, 'deps' | 'state' | 'config'>;
  readonly #history: StandingCountsHistory;
  readonly #timers: NodeJS.Timeout[] = [];
  #writing: Promise<void> = Promise.resolve();

  constructor(context: Pick<Context, 'deps' | 'state' | 'config'>) {
    this.#context = context;
    this.#history = new StandingCountsHistory(context.deps.standingsPath);
  }

  async start(): Promise<void> {
    await this.#history.load();
    await this.sampleFigures();
    this.#timers.push(
      setInterval(() => this.#try(this.sampleFigures()), figuresEveryMs),
      // Not at once: after a start nobody has been heard yet, and all would count as silent.
      setInterval(() => this.#try(this.sampleStandings()), sampleEveryMs),
    );
    for (const timer of this.#timers) timer.unref();
  }

  async stop(): Promise<void> {
    for (const timer of this.#timers.splice(0)) clearInterval(timer);
    await this.#writing;
  }

  async sampleFigures(): Promise<void> {
    await turnLoopDelay(this.#context.deps.metrics);
    this.ring.add(await this.figures());
  }

  sampleStandings(): Promise<void> {
    const { config, deps } = this.#context;
    const all = countStandings(this.#context, () => true);
    const open = countStandings(this.#context, (device) => config.publicRead && device.public);
    this.#writing = this.#writing
      .catch(() => {})
      .then(() => this.#history.add({ at: deps.clock(), all, public: open }));
    return this.#writing;
  }

  figures(): Promise<Figures> {
    const { metrics, clock } = this.#context.deps;
    return readFigures(metrics, clock());
  }

  weekAgo(audience: HistoryAudience): StandingCounts | null {
    return this.#history.weekAgo(audience, this.#context.deps.clock());
  }

  lastDay(audience: HistoryAudience): StandingHistory {
    return this.#history.since(audience, this.#context.deps.clock() - dayMs);
  }

  #try(work: Promise<void>): void {
    const { log } = this.#context.deps;
    work.catch((err: unknown) => log.warn({ err }, 'a sample for the status page is missing'));
  }
}
