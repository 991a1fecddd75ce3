import { type MetricName, metricNames } from '../../broker/contract/metrics.ts';

/**
 * Metrics by their place in the catalogue: an index into columns and tables of this process. Never written down, for
 * another release may number them otherwise.
 */
const numbers: ReadonlyMap<string, number> = new Map(
  metricNames.map((name, number) => [name, number]),
);

export function metricNumber(name: MetricName): number {
  const number = numbers.get(name);
  if (number === undefined) throw new Error(`metric ${name} is not in the catalogue`);
  return number;
}

/** The name of a number that {@link metricNumber} gave. */
export function metricNamed(number: number): MetricName {
  const name = metricNames[number];
  if (name === undefined) throw new Error(`no metric has the number ${number}`);
  return name;
}
