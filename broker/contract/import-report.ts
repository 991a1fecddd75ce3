import { z } from 'zod';
import { DeviceKey } from './ids.ts';
import { MetricName } from './metrics.ts';
import { RejectReason } from './rejection.ts';

/** Files of the past that can be imported. */
export const importFormats = ['csv', 'ndjson', 'line', 'sensor-community'] as const;
export const ImportFormat = z.enum(importFormats);
export type ImportFormat = z.infer<typeof ImportFormat>;

/** A rejected reading, or a line that is none. */
export const ImportExample = z.object({
  line: z.int().describe('of the file, from 1'),
  field: z.string().optional().describe('the metric or part of the line'),
  detail: z.string().describe('the rule and what was got'),
});
export type ImportExample = z.infer<typeof ImportExample>;

/** What became of an imported file, or, of a dry run, what would become of it. */
export const ImportReport = z.object({
  format: ImportFormat,
  dryRun: z.boolean().describe('nothing was written'),
  complete: z.boolean().describe('false: the file was not read to its end; `problem` says why'),
  problem: z.string().optional(),
  rows: z.int().describe('lines with data'),
  readings: z
    .int()
    .describe('values in them: accepted + rejected, without lines that are no reading'),
  accepted: z
    .int()
    .describe(
      'readings that passed and are on disk; those that are stored already are told apart only when they ' +
        'reach the store, which counts them in `readings_duplicate_total` and keeps one of each',
    ),
  notMeasured: z.int().describe('empty values: no readings'),
  rejected: z.array(
    z.object({
      reason: RejectReason,
      count: z.int(),
      examples: z.array(ImportExample).describe('the first ones'),
    }),
  ),
  devices: z.array(DeviceKey).describe('with accepted readings; the first ones'),
  deviceCount: z.int(),
  metrics: z.array(MetricName),
  first: z.int().nullable().describe('earliest accepted instant, epoch ms UTC'),
  last: z.int().nullable(),
  columnsIgnored: z.array(z.string()).describe('columns of the file that hold no readings'),
  recomputed: z
    .object({ from: z.int(), to: z.int(), tiers: z.array(z.string()) })
    .nullable()
    .describe('roll-ups that were made anew from raw; null: none, or not to be done here'),
});
export type ImportReport = z.infer<typeof ImportReport>;
