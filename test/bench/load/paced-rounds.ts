import { setTimeout as sleep } from 'node:timers/promises';
import { cpuSeconds, median } from '../figures.ts';
import type { Sensorplatz } from '../peers.ts';
import type { PacedLoad } from './paced-load.ts';
import { LoaderCosts } from './run-loader.ts';

/** Below this share of what is offered the load does not hold. */
const holdsFrom = 0.98;

/** Rounds of a load that goes on at a steady rate: each is a stretch of it. */
export class PacedRounds {
  readonly #ours: Sensorplatz;
  readonly #load: PacedLoad;
  readonly loader = new LoaderCosts();
  /** Acknowledged in each. */
  readonly messages: number[] = [];
  readonly ackedPerS: number[] = [];
  readonly ackP99Ms: number[] = [];
  /** CPU time of the platform by what it acknowledged meanwhile. */
  readonly serverUsPerMessage: number[] = [];

  constructor(ours: Sensorplatz, load: PacedLoad) {
    this.#ours = ours;
    this.#load = load;
  }

  async measure(seconds: number): Promise<void> {
    const before = await this.#load.report();
    const cpuBefore = cpuSeconds(this.#ours.pid);
    await sleep(seconds * 1000);
    const after = await this.#load.report();
    const cpuS = cpuSeconds(this.#ours.pid) - cpuBefore;
    const messages = after.acked - before.acked;
    const measuredS = after.seconds - before.seconds;
    this.messages.push(messages);
    this.ackedPerS.push(messages / measuredS);
    this.ackP99Ms.push(after.ackMs.p99);
    this.serverUsPerMessage.push((cpuS * 1e6) / messages);
    this.loader.add({
      cpuS: after.cpuS - before.cpuS,
      threadS: after.threadS - before.threadS,
      seconds: measuredS,
      messages,
    });
  }

  /** Why the figures are not those of the rate that was meant. */
  shortOf(rate: number): string | undefined {
    const acked = median(this.ackedPerS);
    if (acked >= rate * holdsFrom) return undefined;
    return `only ${Math.round(acked)} of ${rate} messages/s were acknowledged`;
  }

  /** Ends the load, waits until all is stored, ends the platform, and reads back. */
  async finish(
    readingsPerMessage: number,
  ): Promise<{ loss: { lost: number; readBack: number }; fault: string | undefined }> {
    const { acked, sent, closed } = await this.#load.finish();
    const { rejected } = await this.#ours.settle();
    const readBack = await this.#ours.stopAndCount();
    const faults = [
      closed > 0 && `${closed} connections were closed`,
      acked < sent && `${sent - acked} messages were not acknowledged`,
      rejected > 0 && `${rejected} readings were rejected`,
    ].filter((fault) => fault !== false);
    return {
      // What was stored without having been acknowledged is not a loss.
      loss: { lost: Math.max(0, acked * readingsPerMessage - readBack), readBack },
      fault: faults.length > 0 ? faults.join(', ') : undefined,
    };
  }
}
