import type { z } from 'zod';
import type { PushResult } from '../../broker/contract/api.ts';
import type { Context, PushMessage, PushOutcome } from './context.ts';
import { ApiError } from './errors.ts';
import { apiLimits } from './limits.ts';

/** Gives a message to ingest and waits until it is on disk. @throws ApiError when it is not kept, or not in time */
export function handIn({ deps }: Context, message: PushMessage): Promise<PushOutcome> {
  const { accept } = deps;
  if (!accept) throw new ApiError('ingest-elsewhere');
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new ApiError('not-kept')), apiLimits.pushSettleMsMax);
    accept(message, (error, outcome) => {
      clearTimeout(timer);
      if (error || !outcome) reject(new ApiError('not-kept'));
      else resolve(outcome);
    });
  });
}

/** The answer to whoever handed it in. @throws ApiError when nothing of it was accepted */
export function resultOf({
  device,
  accepted,
  rejections,
}: PushOutcome): z.infer<typeof PushResult> {
  if (accepted === 0 && rejections.length > 0) {
    const shown = rejections.slice(0, 20).map(({ reason, field, detail }) => ({
      field: field ?? 'body',
      message: `${reason}: ${detail}`,
    }));
    throw new ApiError('nothing-accepted', shown[0]?.message, {
      members: { errors: shown, rejected: rejections },
    });
  }
  return { ...(device ? { device } : {}), accepted, rejected: [...rejections] };
}
