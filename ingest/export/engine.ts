import type { SqlSession } from '../store/embedded/sql-session.ts';
import type { ExportRequest } from './port.ts';
import type { Slice } from './slices.ts';

/**
 * Where the rows of an export are, in SQL: the dictionary `series (id, device, metric)` and the tables that
 * `rows.ts` names. Embedded: the store itself. Other engines: a database in memory that rows pass through. So
 * one formatter writes the same bytes for all of them.
 */
export interface ExportEngine {
  open(request: ExportRequest): Promise<ExportRows>;
}

export interface ExportRows {
  session: SqlSession;
  /** Slices in order; the rows of one are there until the next is asked for. Needs table `selected`. */
  slices(): AsyncGenerator<Slice>;
}
