import type { JobContext } from '../../ingest/jobs/scheduler.ts';

/** What a job gets that is run outside its runner; `figures` is what it reported last. */
export function jobContext(args?: unknown): JobContext & { figures: Record<string, number> } {
  const context = {
    args,
    figures: {} as Record<string, number>,
    report(figures: Readonly<Record<string, number>>) {
      context.figures = { ...figures };
    },
    signal: new AbortController().signal,
  };
  return context;
}
