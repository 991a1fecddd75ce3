import { z } from 'zod';
import { InfluxRefused } from './errors.ts';

/** One series of an InfluxQL answer, or a part of a long one. */
const AnswerSeries = z.object({
  name: z.string(),
  tags: z.record(z.string(), z.string()).default({}),
  columns: z.array(z.string()),
  // Cells are looked at where rows are read: to check each of them here as well would cost as much as to parse them.
  values: z.custom<unknown[][]>(isArrayOfArrays).default([]),
});
export type AnswerSeries = z.infer<typeof AnswerSeries>;

const Answer = z.object({
  error: z.string().optional(),
  results: z
    .array(z.object({ error: z.string().optional(), series: z.array(AnswerSeries).optional() }))
    .default([]),
});

/**
 * Reads the answer of `/query` as it arrives: JSON documents, one per line with `chunked=true`, each
 * small enough to be parsed in one go. A server that knows no chunks sends one document.
 */
export async function* parseAnswer(
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<AnswerSeries> {
  for await (const line of linesOf(chunks)) {
    const { error, results } = Answer.parse(JSON.parse(line));
    if (error !== undefined) throw new InfluxRefused(200, error);
    for (const result of results) {
      if (result.error !== undefined) throw new InfluxRefused(200, result.error);
      yield* result.series ?? [];
    }
  }
}

async function* linesOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let parts: string[] = [];
  for await (const chunk of chunks) {
    const [first = '', ...rest] = decoder.decode(chunk, { stream: true }).split('\n');
    parts.push(first);
    for (const next of rest) {
      const line = parts.join('');
      if (line.trim() !== '') yield line;
      parts = [next];
    }
  }
  const last = parts.join('') + decoder.decode();
  if (last.trim() !== '') yield last;
}

function isArrayOfArrays(value: unknown): boolean {
  return Array.isArray(value) && value.every(Array.isArray);
}
