import type { HealthPart } from '../../broker/contract/health.ts';
import { apiLimits } from './limits.ts';

/** The state of the whole is that of its worst part. */
export function worstOf(parts: readonly HealthPart[]): HealthPart['state'] {
  if (parts.some((part) => part.state === 'failed')) return 'failed';
  return parts.some((part) => part.state === 'degraded') ? 'degraded' : 'ok';
}

/** What the parts say, or that they do not say it in time. */
export async function partsInTime(health: () => Promise<HealthPart[]>): Promise<HealthPart[]> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<HealthPart[]>((resolve) => {
    const detail = `no answer within ${apiLimits.healthMsMax} ms`;
    const part: HealthPart = { name: 'health', state: 'failed', detail };
    timer = setTimeout(() => resolve([part]), apiLimits.healthMsMax);
  });
  try {
    return await Promise.race([health(), late]);
  } finally {
    clearTimeout(timer);
  }
}
