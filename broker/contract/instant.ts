import { z } from 'zod';

/**
 * Reads an instant as devices and people write it: ISO 8601 with an offset, or an epoch in s, ms, µs or
 * ns, told apart by size (the ranges do not overlap between 1973 and 5138).
 *
 * @returns epoch milliseconds UTC, or undefined when the text names no instant. A local time without
 * an offset names none: guessing a zone would shift a legal series by hours.
 */
export function parseInstant(value: unknown): number | undefined {
  if (typeof value === 'number') return fromEpoch(value);
  if (typeof value !== 'string') return undefined;
  if (epochPattern.test(value)) return fromEpoch(Number(value));
  if (!isoPattern.test(value)) return undefined;
  const at = Date.parse(value.replace(' ', 'T'));
  return Number.isNaN(at) ? undefined : at;
}

const epochPattern = /^\d{1,19}(\.\d{1,9})?$/;
const isoPattern = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})$/i;

function fromEpoch(epoch: number): number | undefined {
  if (!Number.isFinite(epoch) || epoch < 0) return undefined;
  if (epoch < 1e11) return Math.round(epoch * 1000);
  if (epoch < 1e14) return Math.round(epoch);
  if (epoch < 1e17) return Math.round(epoch / 1e3);
  if (epoch < 1e20) return Math.round(epoch / 1e6);
  return undefined;
}

/** An instant in a query string or a body: {@link parseInstant} as a schema; the output is epoch ms. */
export const Instant = z.union([z.string(), z.number()]).transform((value, context) => {
  const at = parseInstant(value);
  if (at !== undefined) return at;
  context.addIssue({
    code: 'custom',
    message: 'must be ISO 8601 with an offset, or an epoch in s, ms, µs or ns',
  });
  return z.NEVER;
});
