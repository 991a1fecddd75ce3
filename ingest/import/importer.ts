import type { Account } from '../../broker/contract/access.ts';
import type { DeviceKey } from '../../broker/contract/ids.ts';
import type { ImportFormat, ImportReport } from '../../broker/contract/import-report.ts';
import type { MetricName } from '../../broker/contract/metrics.ts';

/** Series whose tiers are to be made anew from raw, once what was accepted before the call is stored. */
export interface RecomputeSpan {
  devices: readonly DeviceKey[];
  metrics: readonly MetricName[];
  /** Half-open, epoch ms. */
  from: number;
  to: number;
}

export interface ImportRequest {
  format: ImportFormat;
  body: AsyncIterable<Buffer>;
  /** On whose behalf. */
  account: Account;
  /** Whose devices these must be; undefined: anybody's. */
  onlyProvider?: string | undefined;
  /** Whose device an id without a provider is. */
  provider?: string | undefined;
  /** The one device that the file is about, whatever it says. */
  device?: DeviceKey | undefined;
  dryRun: boolean;
}

/** The file was not read to its end. `report` says what was taken of it until then. */
export class ImportFailed extends Error {
  readonly code: 'too-large' | 'unreadable-file' | 'not-kept';
  readonly report: ImportReport;

  constructor(code: ImportFailed['code'], report: ImportReport) {
    super(report.problem ?? code);
    this.code = code;
    this.report = report;
  }
}

export interface Importer {
  /** Reads a file and hands its readings in. @throws ImportFailed */
  run(request: ImportRequest): Promise<ImportReport>;
}
