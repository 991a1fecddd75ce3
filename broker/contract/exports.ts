import { z } from 'zod';

export const exportFormats = ['csv', 'ndjson', 'parquet', 'xlsx', 'geojson', 'line'] as const;
export type ExportFormat = (typeof exportFormats)[number];

/** `de`: semicolon, decimal comma and a byte order mark, as German spreadsheets expect. CSV only. */
export const exportVariants = ['plain', 'de'] as const;

/** `eea`: the columns of the EEA's download service; hours and days of reported pollutants only. */
export const exportColumnSets = ['plain', 'eea'] as const;

/** How far an export has come. `GET /api/v1/exports/<id>` */
export const ExportProgress = z.object({
  id: z.uuid(),
  state: z.enum(['running', 'done', 'failed', 'cancelled']),
  rows: z.int(),
  bytes: z.int(),
  share: z.number().describe('0..1: how much of the work is done'),
  createdAt: z.int(),
  expiresAt: z.int().optional().describe('when the file is deleted; known once it is complete'),
  fileName: z.string(),
  contentType: z.string(),
  sha256: z.string().optional().describe('of the whole file; known once it is complete'),
  failure: z.object({ code: z.string(), message: z.string() }).optional(),
});
export type ExportProgress = z.infer<typeof ExportProgress>;
