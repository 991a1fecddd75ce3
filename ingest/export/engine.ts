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
  /**
   * A further session, so that two slices are made at once; undefined where there is none to spare now. Absent
   * where the rows of one slice are there only until the next is asked for.
   */
  another?(): Promise<SqlSession | undefined>;
  /** Slices in order, asked for by a session that has nothing else to do. Needs its table `selected`. */
  slices(asking: () => SqlSession): AsyncGenerator<Slice>;
}
