import type { RejectReason } from '../../broker/contract/rejection.ts';

/** One value as it stands in the file; the validate stage judges it. */
export interface ImportedValue {
  line: number;
  /** As the file names it: `<provider>/<device>` or the device's id alone; undefined where it does not. */
  device: string | undefined;
  metric: string;
  value: unknown;
  /** Null where the file has none: a reading of the past without a time is none. */
  at: unknown;
}

/** A line, or a part of it, that is no reading. */
export interface ImportFault {
  line: number;
  reason: RejectReason;
  field?: string | undefined;
  detail: string;
}

/** What a line came to. Nulls (not measured) are only counted. */
export interface ParsedLine {
  values: ImportedValue[];
  faults: ImportFault[];
  notMeasured: number;
}

/** Takes the lines of one file apart, one after the other; made anew for each file. */
export interface LineParser {
  /** What a line came to; undefined for one that carries no data (header, comment, blank). @throws UnreadableFile */
  parse(line: number, text: string): ParsedLine | undefined;
  /** Columns that were left aside, by name. */
  readonly ignoredColumns: ReadonlySet<string>;
}

/** The file as a whole is not what it was said to be, or ends early. */
export class UnreadableFile extends Error {
  readonly code = 'unreadable-file';
}

/** The file is larger than may be imported at once. */
export class FileTooLarge extends Error {
  readonly code = 'too-large';
}

/** A fault of a line that could not be understood. */
export function malformed(line: number, detail: string): ImportFault {
  return { line, reason: 'malformed-payload', detail: detail.slice(0, 512) };
}

/** A line that came to one fault and nothing else. */
export function onlyFault(fault: ImportFault): ParsedLine {
  return { values: [], faults: [fault], notMeasured: 0 };
}
