import { influxMissing } from './influx-server.ts';

/** The stores that a whole platform can be tested with here; says so when InfluxDB is not among them. */
export function storeKinds(): ('embedded' | 'influx')[] {
  const missing = influxMissing();
  if (!missing) return ['embedded', 'influx'];
  console.warn(`skipped: InfluxDB: ${missing}`);
  return ['embedded'];
}
