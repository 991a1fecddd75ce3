import { rm } from 'node:fs/promises';
import { literal } from '../export/sql.ts';
import { header } from './rows.ts';

const types: Readonly<Record<string, string>> = {
  device: 'VARCHAR',
  metric: 'VARCHAR',
  unit: 'VARCHAR',
  start: 'TIMESTAMPTZ',
  end: 'TIMESTAMPTZ',
  mean: 'DOUBLE',
  min: 'DOUBLE',
  max: 'DOUBLE',
  expected: 'DOUBLE',
  coverage: 'DOUBLE',
};

/** The columns of the CSV file with their types; all that are not named above are counts and codes. */
const columns = header
  .trim()
  .split(',')
  .map((name) => `${literal(name)}: ${literal(types[name] ?? 'INTEGER')}`)
  .join(', ');

/** Memory of a conversion; beyond it the engine spills to disk beside the file. */
const memoryLimit = '256MB';

/**
 * Writes the rows of a published CSV file as Parquet, in their order, off the event loop. One thread: the same rows
 * are the same bytes. The engine is loaded only when there is something to convert.
 */
export async function csvToParquet(csvPath: string, parquetPath: string): Promise<void> {
  const { DuckDBInstance } = await import('@duckdb/node-api');
  const instance = await DuckDBInstance.create(':memory:', {
    threads: '1',
    memory_limit: memoryLimit,
    temp_directory: `${parquetPath}.tmp`,
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
  });
  try {
    const connection = await instance.connect();
    const rows = `read_csv(${literal(csvPath)}, header=true, auto_detect=false, delim=',', quote='', columns={${columns}})`;
    await connection.run(
      `COPY (SELECT * FROM ${rows}) TO ${literal(parquetPath)} (FORMAT parquet, COMPRESSION snappy)`,
    );
    connection.closeSync();
  } finally {
    instance.closeSync();
    await rm(`${parquetPath}.tmp`, { recursive: true, force: true });
  }
}
