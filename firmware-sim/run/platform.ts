import { z } from 'zod';
import type { DeviceKey } from '../../broker/contract/ids.ts';
import { DeviceKey as DeviceKeySchema } from '../../broker/contract/ids.ts';
import type { MetricName } from '../../broker/contract/metrics.ts';
import { RejectReason } from '../../broker/contract/rejection.ts';
import { ApiFailure } from '../api-client.ts';
import type { Span } from '../sensors/trouble.ts';
import type { ByReason } from './accounts.ts';
import { countReason } from './accounts.ts';
import { Patience } from './patience.ts';

/** What a platform counts since it began, of all senders. */
export interface PlatformCounters {
  received: number;
  stored: number;
  duplicate: number;
  rejected: ByReason;
}

/** Raw readings of a series. */
export interface SeriesRows {
  device: DeviceKey;
  metric: MetricName;
  at: number[];
  value: number[];
}

/** What is asked of the platform after a run: it is looked at from outside, through its public API. */
export interface Platform {
  counters(): Promise<PlatformCounters>;
  /** All raw readings in a span of a provider's devices, or of one series; a series may come in several parts. */
  rows(
    of: { provider: string } | { device: DeviceKey; metric: MetricName },
    span: Span,
  ): AsyncGenerator<SeriesRows>;
  /** Rejected parts of messages of these devices that arrived since an instant; not complete when old ones were forgotten. */
  rejections(
    devices: ReadonlySet<DeviceKey>,
    since: number,
  ): Promise<{ byReason: ByReason; isComplete: boolean }>;
}

const requestMs = 30_000;
/** An export of a year takes long: it is given up when nothing of it has come for so long. */
const exportStallMs = 5 * 60_000;
/** Messages of one page; what the API gives at most. */
const pageMax = 500;
/** The platform keeps no more than this: then the oldest are gone. */
const rejectionsKeptMax = 10_000;

const Page = z.object({
  rejections: z.array(
    z.object({
      id: z.string(),
      device: DeviceKeySchema.optional(),
      rejections: z.array(z.object({ reason: RejectReason })),
    }),
  ),
});

export interface PlatformOptions {
  /** Aborted: no question gets an answer any more. */
  giveUp?: AbortSignal | undefined;
  /** Default: {@link exportStallMs}. */
  stallMs?: number;
}

/**
 * @throws ApiFailure from each of its questions
 */
export function createPlatform(
  baseUrl: string,
  adminToken: string,
  { giveUp, stallMs = exportStallMs }: PlatformOptions = {},
): Platform {
  const get = async (path: string, tooLate = AbortSignal.timeout(requestMs)): Promise<Response> => {
    const headers = { authorization: `Bearer ${adminToken}` };
    const signal = giveUp ? AbortSignal.any([tooLate, giveUp]) : tooLate;
    let answer: Response;
    try {
      answer = await fetch(new URL(path, baseUrl), { headers, signal });
    } catch (cause) {
      throw new ApiFailure(`GET ${baseUrl}${path} got no answer`, { cause });
    }
    if (!answer.ok) {
      const detail = (await answer.text()).slice(0, 300);
      throw new ApiFailure(`${path} answered ${answer.status}: ${detail}`);
    }
    return answer;
  };

  return {
    counters: async () => countersOf(await (await get('/metrics')).text()),
    async *rows(of, { fromAt, toAt }) {
      const query = new URLSearchParams({
        ...of,
        from: String(fromAt),
        to: String(toAt),
        resolution: 'raw',
        format: 'csv',
      });
      const patience = new Patience(stallMs);
      try {
        const { body } = await get(`/api/v1/export?${query}`, patience.signal);
        if (body) yield* seriesOf(chunksOf(body, patience));
      } finally {
        patience.end();
      }
    },
    rejections: async (devices, since) => {
      const byReason: ByReason = {};
      let count = 0;
      for (let before: string | undefined; ; ) {
        const query = new URLSearchParams({ from: String(since), limit: String(pageMax) });
        if (before !== undefined) query.set('before', before);
        const answer = await get(`/api/v1/rejections?${query}`);
        const { rejections } = Page.parse(await answer.json());
        for (const message of rejections) {
          if (!message.device || !devices.has(message.device)) continue;
          for (const { reason } of message.rejections) countReason(byReason, reason);
        }
        count += rejections.length;
        before = rejections.at(-1)?.id;
        if (rejections.length < pageMax) break;
      }
      return { byReason, isComplete: count < rejectionsKeptMax };
    },
  };
}

/** The readings of a Prometheus text. */
export function countersOf(text: string): PlatformCounters {
  const one = (name: string): number => {
    const found = new RegExp(`^readings_${name}_total (\\S+)$`, 'm').exec(text)?.[1];
    if (found === undefined) throw new ApiFailure(`/metrics has no readings_${name}_total`);
    return Number(found);
  };
  const rejected: ByReason = {};
  for (const [, reason, count] of text.matchAll(
    /^readings_rejected_total\{reason="([^"]+)"\} (\S+)$/gm,
  )) {
    const known = RejectReason.safeParse(reason);
    if (known.success && Number(count) > 0) rejected[known.data] = Number(count);
  }
  return {
    received: one('received'),
    stored: one('stored'),
    duplicate: one('duplicate'),
    rejected,
  };
}

/** Cuts an export into parts of series: rows of one series come many in a row. */
async function* seriesOf(body: AsyncIterable<Uint8Array>): AsyncGenerator<SeriesRows> {
  let columns: { at: number; value: number } | undefined;
  let head = '';
  let series: SeriesRows | undefined;
  for await (const line of linesOf(body)) {
    const cells = line.split(',');
    if (!columns) {
      columns = { at: cells.indexOf('at'), value: cells.indexOf('value') };
      if (!line.startsWith('device,metric,') || columns.at < 0 || columns.value < 0)
        throw new ApiFailure(`the export begins with ${line.slice(0, 100)}`);
      continue;
    }
    const [device = '', metric = ''] = cells;
    if (!series || !line.startsWith(head)) {
      if (series) yield series;
      head = `${device},${metric},`;
      series = { device: device as DeviceKey, metric: metric as MetricName, at: [], value: [] };
    }
    series.at.push(Date.parse(cells[columns.at] ?? ''));
    series.value.push(Number(cells[columns.value]));
  }
  if (series) yield series;
}

/** @throws ApiFailure when it breaks off or stands still */
async function* chunksOf(
  body: ReadableStream<Uint8Array>,
  patience: Patience,
): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of body) {
      patience.renew();
      yield chunk;
    }
  } catch (cause) {
    const what = patience.signal.aborted ? 'nothing more came of' : 'the connection broke in';
    throw new ApiFailure(`${what} the export`, { cause });
  }
}

async function* linesOf(body: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of body) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
  if (rest !== '') yield rest;
}
