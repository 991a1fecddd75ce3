import type { Location, Station } from '../../broker/contract/device.ts';
import type {
  ExportFormat,
  ExportProgress,
  exportColumnSets,
  exportVariants,
} from '../../broker/contract/exports.ts';
import type { DeviceKey } from '../../broker/contract/ids.ts';
import type { MetricName } from '../../broker/contract/metrics.ts';
import type { Resolution } from '../../broker/contract/windows.ts';

/** One series that is asked for, with what rows say of it. */
export interface ExportSeries {
  device: DeviceKey;
  metric: MetricName;
  /** Nominal time between samples. */
  intervalMs: number;
  location?: Location;
  station?: Station;
}

export interface ExportRequest {
  /** In the order of rows: by device, then metric. */
  series: readonly ExportSeries[];
  resolution: Resolution;
  /** Half-open, epoch ms; for tiers it is the window's start that counts. */
  from: number;
  to: number;
  format: ExportFormat;
  variant: (typeof exportVariants)[number];
  columns: (typeof exportColumnSets)[number];
  /** Country prefix of EEA sampling points, such as `DE`. */
  country?: string;
  /** Tiers: windows without data are rows without a value. */
  gaps: boolean;
  /** Series that were never written count too: with `gaps`, all of their windows are empty. */
  keepUnknown: boolean;
  /** Who asked; whoever started an export may read it. */
  owner: string;
  /** Asked for without an account: it must leave room for those who have one. */
  isGuest?: boolean;
  /** Nobody needs to read along: the export goes on all the same. */
  detached: boolean;
  /** What the sidecar says beside what is known of the file. */
  about: () => Readonly<Record<string, unknown>>;
}

/** An export: a file that grows, and stays for a while. */
export interface ExportJob {
  readonly owner: string;
  progress(): ExportProgress;
  /** Resolves when rows are being written, which takes little. @throws what stopped it before */
  begun(): Promise<void>;
  /** Resolves when the file is complete. @throws what stopped it */
  finished(): Promise<void>;
  /**
   * The bytes `[from, to)` as they come to be, at the reader's pace. A reader that leaves while it waits says so
   * by `gone`. @throws what stopped it
   */
  read(span?: { from?: number; to?: number; gone?: AbortSignal }): AsyncGenerator<Buffer>;
  /** The sidecar: all that must be known to use the file. */
  metadata(): Record<string, unknown>;
}

/** Makes files of series without a limit of rows. */
export interface Exports {
  /** @throws ExportsBusy, ExportRefused */
  start(request: ExportRequest): ExportJob;
  find(id: string): ExportJob | undefined;
  /** Stops and deletes; false when there is none. Resolves when its file is gone. */
  cancel(id: string): Promise<boolean>;
  stop(): Promise<void>;
}

/** As many exports as may run are running. */
export class ExportsBusy extends Error {
  readonly code = 'overloaded';
}

/** What is asked for cannot be exported in this way; the message says what can. */
export class ExportRefused extends Error {
  readonly code = 'invalid-request';
}

/** More rows or bytes than this form may have; the message says what to do instead. */
export class ExportTooLarge extends Error {
  readonly code = 'export-too-large';
}

/** The disk has no room for the file. */
export class ExportStorageFull extends Error {
  readonly code = 'storage-full';
}

/** Somebody cancelled it, or nobody read it. */
export class ExportCancelled extends Error {
  readonly code = 'export-cancelled';
}
