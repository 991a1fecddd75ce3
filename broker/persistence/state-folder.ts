import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
} from 'node:fs';
import { join } from 'node:path';

const dataFile = 'data.mdb';
const magic = Buffer.from('dec0efbe', 'hex');

export function hasEnvironment(path: string): boolean {
  return existsSync(join(path, dataFile));
}

/** A folder of that name without data in it may be there already. */
export function moveIntoPlace(fresh: string, path: string): void {
  if (existsSync(path)) rmSync(path, { recursive: true });
  renameSync(fresh, path);
}

export function syncFolder(path: string): void {
  const fd = openSync(path, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/**
 * Reading a mapped page behind the end of the file would end the process with SIGBUS. So a file that is
 * shorter than its newest meta page says is extended by zeros, which lmdb and our checksums recognise as
 * damage where they stand for data.
 * @throws when the file has no readable meta page at all
 */
export function extendToPages(path: string): void {
  const file = join(path, dataFile);
  const head = readHead(file);
  const first = readMeta(head, 0);
  const second = first && readMeta(head, first.pageSize);
  if (!first || !second) throw new Error('its first pages are damaged');
  const { lastPage } = second.transaction > first.transaction ? second : first;
  const bytes = (lastPage + 1) * first.pageSize;
  if (statSync(file).size < bytes) truncateSync(file, bytes);
}

/** Two pages of the largest size that lmdb uses. */
const headBytes = 2 * 65_536;

function readHead(file: string): Buffer {
  const head = Buffer.alloc(headBytes);
  const fd = openSync(file, 'r');
  try {
    return head.subarray(0, readSync(fd, head, 0, headBytes, 0));
  } finally {
    closeSync(fd);
  }
}

/** A meta page as lmdb writes it: magic, version, address, map size, two trees of 48 bytes, last page, transaction. */
function readMeta(head: Buffer, at: number) {
  const start = head.indexOf(magic, at);
  if (start < at || start > at + 64 || head.length < start + 136) return undefined;
  return {
    pageSize: head.readUInt32LE(start + 24),
    lastPage: Number(head.readBigUInt64LE(start + 120)),
    transaction: head.readBigUInt64LE(start + 128),
  };
}
