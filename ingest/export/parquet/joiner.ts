import { open } from 'node:fs/promises';
import { readStruct, type ThriftStruct, type ThriftValue, writeStruct } from './thrift.ts';

/** What a Parquet file begins and ends with. */
export const parquetMagic = Buffer.from('PAR1');

/** Ids of fields in parquet.thrift (github.com/apache/parquet-format). */
const fileMetaData = { rows: 3, rowGroups: 4 } as const;
const rowGroup = { columns: 1, offset: 5, ordinal: 7 } as const;
const columnChunk = { offset: 2, metaData: 3, offsetIndex: 4, columnIndex: 6 } as const;
const columnMetaData = { dataPage: 9, indexPage: 10, dictionaryPage: 11, bloomFilter: 14 } as const;

const trailerBytes = 8;
/** A larger footer is none of ours: a part has one row group. */
const footerBytesMax = 16 * 1024 * 1024;

/**
 * Joins Parquet files of one schema to one: their row groups follow each other unchanged, and one footer at
 * the end says where each of them lies. So a file of any size is made, and can be sent, part by part.
 */
export class ParquetJoiner {
  #footer: ThriftStruct | undefined;
  /** A few hundred bytes for each slice. */
  readonly #rowGroups: ThriftStruct[] = [];
  #rows = 0n;

  /**
   * Takes a part in whose row groups will stand at `offset`.
   * @returns which bytes of the part are its row groups
   */
  async add(path: string, offset: number): Promise<{ start: number; length: number }> {
    const { footer, start } = await readFooter(path);
    const shift = BigInt(offset - parquetMagic.length);
    this.#rows += integer(footer.fields.get(fileMetaData.rows));
    for (const group of structs(footer.fields.get(fileMetaData.rowGroups))) {
      move(group, shift);
      group.fields.set(rowGroup.ordinal, { type: 'i16', value: BigInt(this.#rowGroups.length) });
      this.#rowGroups.push(group);
    }
    this.#footer ??= footer;
    return { start: parquetMagic.length, length: start - parquetMagic.length };
  }

  /** What follows the last part. Needs at least one. */
  end(): Buffer {
    if (!this.#footer) throw new Error('there is no part');
    const { fields } = this.#footer;
    fields.set(fileMetaData.rows, { type: 'i64', value: this.#rows });
    fields.set(fileMetaData.rowGroups, { type: 'list', items: this.#rowGroups, itemType: 12 });
    // An ordinal has 16 bits; it is optional.
    if (this.#rowGroups.length > 32_767) {
      for (const group of this.#rowGroups) group.fields.delete(rowGroup.ordinal);
    }
    const footer = writeStruct(this.#footer);
    const length = Buffer.alloc(4);
    length.writeUInt32LE(footer.length);
    return Buffer.concat([footer, length, parquetMagic]);
  }
}

function move(group: ThriftStruct, shift: bigint): void {
  add(group, [rowGroup.offset], shift);
  for (const column of structs(group.fields.get(rowGroup.columns))) {
    add(column, [columnChunk.offset, columnChunk.offsetIndex, columnChunk.columnIndex], shift);
    const metaData = column.fields.get(columnChunk.metaData);
    if (metaData?.type === 'struct') add(metaData, Object.values(columnMetaData), shift);
  }
}

function add({ fields }: ThriftStruct, ids: readonly number[], shift: bigint): void {
  for (const id of ids) {
    const field = fields.get(id);
    // Some writers leave an offset at 0 that they do not use.
    if (field?.type === 'i64' && field.value > 0n) field.value += shift;
  }
}

async function readFooter(path: string): Promise<{ footer: ThriftStruct; start: number }> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    const trailer = Buffer.alloc(trailerBytes);
    await file.read(trailer, 0, trailerBytes, size - trailerBytes);
    const length = trailer.readUInt32LE(0);
    if (!trailer.subarray(4).equals(parquetMagic) || length > Math.min(size, footerBytesMax)) {
      throw new Error(`${path} is not a Parquet file`);
    }
    const bytes = Buffer.alloc(length);
    const start = size - trailerBytes - length;
    await file.read(bytes, 0, length, start);
    return { footer: readStruct(bytes), start };
  } finally {
    await file.close();
  }
}

function structs(value: ThriftValue | undefined): ThriftStruct[] {
  if (value?.type !== 'list') return [];
  return value.items.filter((item): item is ThriftStruct => item.type === 'struct');
}

function integer(value: ThriftValue | undefined): bigint {
  return value && (value.type === 'i64' || value.type === 'i32') ? value.value : 0n;
}
