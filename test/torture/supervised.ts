import {
  isReady as isPlatformReady,
  type Platform,
  type PlatformOptions,
  spawnPlatform,
} from '../support/platform.ts';
import { until } from '../support/until.ts';

/** A process that ended although nobody killed it. */
export interface OwnEnd {
  name: string;
  code: number | null;
  /** The last lines that it printed. */
  said: string;
}

export interface SupervisedOptions extends PlatformOptions {
  name: string;
  dataDir: string;
  ports: { httpPort: number; mqttPort: number };
}

const restartAfterMs = 500;
const ownEndsMax = 200;
const readyMsMax = 120_000;
const saidCharsMax = 2_000;

/** One process of the platform under a supervisor: whatever ends it, it is started again. */
export class Supervised {
  readonly name: string;
  /** How often it was started. */
  lives = 0;
  startedAt = 0;
  /** Ends of its own accord; each is followed by a restart, as a service manager would. */
  readonly ownEnds: OwnEnd[] = [];
  readonly #options: SupervisedOptions;
  #platform: Platform | undefined;
  #wanted = false;

  constructor(options: SupervisedOptions) {
    this.name = options.name;
    this.#options = options;
  }

  /** Starts it without waiting until it works. */
  async start(): Promise<void> {
    this.#wanted = true;
    const platform = await spawnPlatform(this.#options);
    // An aborted run leaves nothing behind, not even a process that is paused.
    const kill = (): boolean => platform.process.kill('SIGKILL');
    process.once('exit', kill);
    platform.process.once('exit', () => process.off('exit', kill));
    this.#platform = platform;
    this.lives++;
    this.startedAt = Date.now();
    platform.process.once('exit', (code, signal) => {
      if (platform !== this.#platform || !this.#wanted || signal === 'SIGKILL') return;
      this.#noteEnd(code, platform.output());
      setTimeout(() => {
        if (platform === this.#platform && this.#wanted) this.start().catch(() => {});
      }, restartAfterMs);
    });
  }

  /** `kill -9`, then started again at once. */
  async kill(): Promise<void> {
    await this.#platform?.stop('SIGKILL');
    await this.start();
  }

  /** The process that runs now, which may still be starting. */
  get platform(): Platform {
    if (!this.#platform) throw new Error(`${this.name} was not started`);
    return this.#platform;
  }

  /** Waits until it works, over restarts of its own. @throws Error when that takes too long */
  async untilReady(): Promise<void> {
    const said = () => this.#platform?.output().slice(-saidCharsMax);
    await until(`${this.name} to be ready`, () => this.isReady(), readyMsMax).catch((cause) => {
      throw new Error(`${this.name} did not become ready; it said:\n${said()}`, { cause });
    });
  }

  /** Ends it for good; answers its exit code. */
  async stop(signal: NodeJS.Signals): Promise<number | null> {
    this.#wanted = false;
    return (await this.#platform?.stop(signal)) ?? null;
  }

  /** Whether it works now. */
  async isReady(): Promise<boolean> {
    const platform = this.platform;
    if (platform.process.exitCode !== null || platform.process.signalCode !== null) return false;
    return isPlatformReady(platform, this.#options.args ?? []).catch(() => false);
  }

  #noteEnd(code: number | null, output: string): void {
    const said = output.trim().slice(-saidCharsMax);
    if (this.ownEnds.length < ownEndsMax) this.ownEnds.push({ name: this.name, code, said });
  }
}
