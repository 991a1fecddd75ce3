import { z } from 'zod';

/** Payload of a `status` topic: the words `online`/`offline`, or JSON that has a `status` of these. */
export const StatusPayload = z
  .object({ status: z.enum(['online', 'offline']) })
  .loose()
  .describe('{"status":"online"} with more beside it, or just the word');

/** Reads a status payload; undefined when it is none. */
export function parseStatus(payload: string): { online: boolean } | undefined {
  const word = payload.trim().toLowerCase();
  if (word === 'online' || word === 'offline') return { online: word === 'online' };
  try {
    const parsed = StatusPayload.safeParse(JSON.parse(payload));
    return parsed.success ? { online: parsed.data.status === 'online' } : undefined;
  } catch {
    return undefined;
  }
}
