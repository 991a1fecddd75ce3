import type { Container, ContainerEvent } from '../../../broker/contract/waste.ts';
import type { ContainerMetric, Sample } from './container-facts.ts';
import { type ContainerMemory, followContainer } from './container-memory.ts';

/** Values of some metrics of one container, each in ascending order of time. */
export type ContainerSeries = Partial<Record<ContainerMetric, readonly Sample[]>>;

/** What happened to a container, by the same rules as on the stream, oldest first. */
export function replayContainer(
  series: ContainerSeries,
  { intervalMs, container }: { intervalMs: number; container?: Container | undefined },
): ContainerEvent[] {
  const values = new Map<ContainerMetric, Sample>();
  const events: ContainerEvent[] = [];
  let memory: ContainerMemory | undefined;
  const samples = inOrder(series);
  for (const [index, [metric, sample]] of samples.entries()) {
    values.set(metric, sample);
    const { at } = sample;
    // Values of one instant are one message.
    if (samples[index + 1]?.[1].at === at) continue;
    const step = followContainer(memory, values, { at, intervalMs, container });
    memory = step.memory;
    events.push(...step.events);
  }
  return events.sort((a, b) => a.at - b.at);
}

function inOrder(series: ContainerSeries): [ContainerMetric, Sample][] {
  const all = (Object.entries(series) as [ContainerMetric, readonly Sample[]][]).flatMap(
    ([metric, samples]) => samples.map((sample): [ContainerMetric, Sample] => [metric, sample]),
  );
  return all.sort(([, a], [, b]) => a.at - b.at);
}
