import { createReadStream, type ReadStream } from 'node:fs';
import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { DeviceKind } from '../../broker/contract/device.ts';
import { MetricName } from '../../broker/contract/metrics.ts';

export const openDataFormats = ['csv', 'parquet'] as const;

/** A published file. Its name stands for these bytes for ever: a correction is another file. */
export const PublishedFile = z.object({
  kind: DeviceKind,
  month: z.string().regex(/^\d{4}-\d{2}$/),
  format: z.enum(openDataFormats),
  /** 1, and one more with each correction. */
  revision: z.int().min(1),
  name: z.string().regex(/^\d{4}-\d{2}(\.r\d{1,2})?\.(csv\.gz|parquet)$/),
  bytes: z.int(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  rows: z.int(),
  devices: z.int(),
  metrics: z.array(MetricName),
  /** Half-open, epoch ms. */
  from: z.int(),
  to: z.int(),
  publishedAt: z.int(),
  /** West, south, east, north of its devices, where they have a place. */
  bbox: z.tuple([z.number(), z.number(), z.number(), z.number()]).optional(),
});
export type PublishedFile = z.infer<typeof PublishedFile>;

/** By `<kind>/<month>`: what the last look saw, so that months without a change cost nothing. */
const Seen = z.object({
  /** Newest change of its tier rows, epoch ms. */
  dataAt: z.number(),
  /** SHA-256 of the names of its series. */
  series: z.string(),
  /** SHA-256 of the newest version's rows; null: nothing to publish. */
  content: z.string().nullable(),
});

const OpenDataIndex = z.object({
  version: z.literal(1),
  files: z.array(PublishedFile),
  seen: z.record(z.string(), Seen),
});
export type OpenDataIndex = z.infer<typeof OpenDataIndex>;

/** The folder of the published files and what is in it. Written by the job, read by the API of any process. */
export interface Shelf {
  readonly folder: string;
  read(): Promise<OpenDataIndex>;
  /** Replaces the list; resolves when it is on disk. */
  write(index: OpenDataIndex): Promise<void>;
  /** A published file, or undefined. */
  find(kind: string, name: string): Promise<PublishedFile | undefined>;
  /** Its bytes. @throws when the file is gone */
  open(file: PublishedFile): ReadStream;
}

export function createShelf(folder: string): Shelf {
  const path = join(folder, 'index.json');
  const read = async (): Promise<OpenDataIndex> => {
    const text = await readFile(path, 'utf8').catch((error: { code?: string }) => {
      if (error.code === 'ENOENT') return undefined;
      throw error;
    });
    if (text === undefined) return { version: 1, files: [], seen: {} };
    return OpenDataIndex.parse(JSON.parse(text));
  };
  return {
    folder,
    read,
    async write(index) {
      await mkdir(folder, { recursive: true });
      await replaceFile(path, JSON.stringify(index));
    },
    async find(kind, name) {
      const { files } = await read();
      return files.find((file) => file.kind === kind && file.name === name);
    },
    open: ({ kind, name }) => createReadStream(join(folder, kind, name)),
  };
}

/** Writes a small file so that readers see the old one or the new one, also after a crash. */
export async function replaceFile(path: string, text: string): Promise<void> {
  const temporary = `${path}.new`;
  const handle = await open(temporary, 'w');
  try {
    await handle.writeFile(text);
    await handle.datasync();
  } finally {
    await handle.close();
  }
  await rename(temporary, path);
}

/** The newest version of each file. */
export function newestOf(files: readonly PublishedFile[]): PublishedFile[] {
  const newest = new Map<string, PublishedFile>();
  for (const file of files) {
    const key = `${file.kind}/${file.month}/${file.format}`;
    const known = newest.get(key);
    if (!known || file.revision > known.revision) newest.set(key, file);
  }
  return [...newest.values()];
}
