import type { Accept, InboundMessage } from '../../../broker/bus/bus.ts';
import type { DeviceKey } from '../../../broker/contract/ids.ts';
import type { ImportFormat, ImportReport } from '../../../broker/contract/import-report.ts';
import type { Reading } from '../../../broker/contract/reading.ts';
import { createImporter, type ImportDeps } from '../../../ingest/import/import.ts';
import type { ImportRequest } from '../../../ingest/import/importer.ts';
import { interpret } from '../../../ingest/stages/interpret.ts';

export const now = Date.parse('2026-11-22T10:00:00Z');
export const oldestAt = now - 90 * 86_400_000;

export interface Run {
  report: ImportReport;
  /** What ingest took, by device. */
  readings: (Reading & { device: DeviceKey | undefined })[];
  messages: InboundMessage[];
  rejectedByIngest: number;
}

export async function* chunksOf(...parts: (string | Buffer)[]): AsyncGenerator<Buffer> {
  for (const part of parts) yield Buffer.from(part);
}

/** Ingest's way in as far as it judges: what it would journal is noted. */
export function recordingAccept(run: Omit<Run, 'report'>, from = oldestAt): Accept {
  return (message, settle) => {
    run.messages.push(message);
    const entries = interpret(message, {
      oldestAt: from,
      dialectOf: () => undefined,
      admit: () => undefined,
    });
    for (const { device, readings } of entries) {
      run.readings.push(...readings.map((reading) => ({ device, ...reading })));
    }
    const rejections = entries.flatMap(({ rejected }) => rejected?.rejections ?? []);
    run.rejectedByIngest += rejections.length;
    const accepted = entries.reduce((sum, { readings }) => sum + readings.length, 0);
    queueMicrotask(() => settle(undefined, { device: entries[0]?.device, accepted, rejections }));
  };
}

export async function importFile(
  format: ImportFormat,
  file: string | Buffer | AsyncIterable<Buffer>,
  {
    request = {},
    deps = {},
  }: { request?: Partial<ImportRequest>; deps?: Partial<ImportDeps> } = {},
): Promise<Run> {
  const run: Omit<Run, 'report'> = { readings: [], messages: [], rejectedByIngest: 0 };
  const importer = createImporter({
    accept: recordingAccept(run, deps.oldestAt?.()),
    refusalOf: () => undefined,
    oldestAt: () => oldestAt,
    clock: () => now,
    retryAfterMs: 1,
    ...deps,
  });
  const body = typeof file === 'string' || Buffer.isBuffer(file) ? chunksOf(file) : file;
  const report = await importer.run({
    format,
    body,
    account: { kind: 'admin' },
    dryRun: false,
    ...request,
  });
  return { report, ...run };
}

/** The reasons and counts of a report. */
export function rejectedOf({ rejected }: ImportReport): Record<string, number> {
  return Object.fromEntries(rejected.map(({ reason, count }) => [reason, count]));
}
