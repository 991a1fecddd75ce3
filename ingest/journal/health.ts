import { Counter, type Registry as MetricsRegistry } from 'prom-client';
import type { HealthPart } from '../../broker/contract/health.ts';
import type { Journal } from './journal.ts';

/** How the journal stands: failed while it takes nothing, degraded when bytes of it were found damaged. */
export function journalHealth({ fault, damagedBytes }: Journal): HealthPart {
  const name = 'journal';
  if (fault) return { name, state: 'failed', detail: fault };
  if (damagedBytes === 0) return { name, state: 'ok' };
  const detail = `${damagedBytes} bytes of the journal were damaged (see its folder quarantine); what stood around them is recovered`;
  return { name, state: 'degraded', detail };
}

/** Shows what was found damaged, from 0 at the start of the process. */
export function registerDamage(registry: MetricsRegistry, journal: Journal): void {
  let shown = 0;
  new Counter({
    name: 'journal_damaged_bytes_total',
    help: 'Bytes of the journal that were found damaged and put into quarantine',
    registers: [registry],
    collect() {
      const { damagedBytes } = journal;
      this.inc(damagedBytes - shown);
      shown = damagedBytes;
    },
  });
}
