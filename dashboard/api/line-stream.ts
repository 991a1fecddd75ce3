import { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';
import { ApiError } from './errors.ts';
import { apiLimits } from './limits.ts';

/** Sends lines as a file, as fast as the reader takes them. */
export type SendLines = (
  reply: FastifyReply,
  lines: AsyncIterable<string>,
  file: { type: string; name: string },
) => FastifyReply;

/** Bounded in number and time; a few lines are in memory at a time. */
export function createLineSender(): SendLines {
  let running = 0;
  return (reply, lines, { type, name }) => {
    if (running >= apiLimits.exportsMax) throw new ApiError('overloaded');
    const stream = Readable.from(lines, { highWaterMark: 1 });
    running += 1;
    const cut = setTimeout(() => stream.destroy(new Error('too slow')), apiLimits.exportMsMax);
    stream.once('close', () => {
      clearTimeout(cut);
      running -= 1;
    });
    return reply
      .type(type)
      .header('content-disposition', `attachment; filename="${name}"`)
      .send(stream);
  };
}
