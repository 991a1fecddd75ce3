import { setImmediate as nextTurn } from 'node:timers/promises';
import type { FastifyReply } from 'fastify';
import type {
  RejectedMessage,
  RejectionFilter,
  RejectionLog,
} from '../../broker/contract/rejection.ts';
import type { Context } from './context.ts';
import { csvRow } from './csv.ts';
import { apiLimits } from './limits.ts';
import { createLineSender } from './line-stream.ts';

export const exportFormats = ['ndjson', 'csv'] as const;
type ExportFormat = (typeof exportFormats)[number];

const types: Record<ExportFormat, string> = {
  ndjson: 'application/x-ndjson; charset=utf-8',
  csv: 'text/csv; charset=utf-8; header=present',
};

type StartExport = (
  reply: FastifyReply,
  format: ExportFormat,
  filter: RejectionFilter | undefined,
) => FastifyReply;

/** Sends all rejected messages of a filter (none: an empty export); a few messages are in memory at a time. */
export function exportRejections({ deps }: Context): StartExport {
  const send = createLineSender();
  return (reply, format, filter) =>
    send(reply, linesOf(deps.rejections, format, filter), {
      type: types[format],
      name: `rejections.${format}`,
    });
}

async function* linesOf(
  rejections: RejectionLog,
  format: ExportFormat,
  filter: RejectionFilter | undefined,
): AsyncGenerator<string> {
  if (format === 'csv') yield csvRow(columns);
  if (!filter) return;
  const limit = apiLimits.exportPageMax;
  for (let { before } = filter; ; ) {
    const page = rejections.list({ ...filter, before, limit });
    for (const { sender: _sender, ...message } of page) {
      yield format === 'csv' ? csvRow(cellsOf(message)) : `${JSON.stringify(message)}\n`;
    }
    if (page.length < limit) return;
    before = page.at(-1)?.id;
    await nextTurn();
  }
}

const columns = [
  'id',
  'at',
  'device',
  'topic',
  'dialect',
  'reasons',
  'details',
  'payload_base64',
  'replayed_at',
  'replayed_by',
  'still_rejected',
];

function cellsOf(message: RejectedMessage): (string | number | undefined)[] {
  const { id, at, device, topic, dialect, rejections, payload, replayed } = message;
  return [
    id,
    new Date(at).toISOString(),
    device,
    topic,
    dialect,
    [...new Set(rejections.map(({ reason }) => reason))].join(' '),
    rejections.map(({ field, detail }) => (field ? `${field}: ${detail}` : detail)).join('; '),
    payload,
    replayed && new Date(replayed.at).toISOString(),
    replayed?.by,
    replayed?.rejected,
  ];
}
