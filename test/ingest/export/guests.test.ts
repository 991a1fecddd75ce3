import { describe, expect, it } from 'vitest';
import { ExportsBusy } from '../../../ingest/export/port.ts';
import { createStoredRows } from '../../../ingest/export/stored-rows.ts';
import { exportsOf, openEmbedded, openExports, reading, request, start } from './support.ts';

const readings = [reading(start, 1), reading(start + 1, 2)];
const guest = request({ isGuest: true, owner: 'public' });

/** Exports whose engine never opens. */
async function stuckExports() {
  const { store, folder } = await openEmbedded();
  const engine = createStoredRows(() => store.openSql());
  let open: () => void = () => undefined;
  const opening = new Promise<void>((resolve) => {
    open = resolve;
  });
  const stuck = { open: (wanted: typeof guest) => opening.then(() => engine.open(wanted)) };
  return { ...openExports(stuck, folder), open };
}

describe('callers without an account', () => {
  it('leave a place for those who have one', async () => {
    const { exports, open } = await stuckExports();
    exports.start(guest);
    expect(() => exports.start(guest)).toThrow(ExportsBusy);
    exports.start(request());
    expect(() => exports.start(request())).toThrow(ExportsBusy);
    open();
  });

  it('find no place where others have taken all', async () => {
    const { exports, open } = await stuckExports();
    exports.start(request());
    exports.start(request());
    expect(() => exports.start(guest)).toThrow(ExportsBusy);
    open();
  });

  it('push out files of their own only', async () => {
    const { exports } = await exportsOf(readings, { limits: { keptMax: 3, guestsKeptMax: 2 } });
    const ids: string[] = [];
    for (const wanted of [request(), guest, guest, guest]) {
      const job = exports.start(wanted);
      await job.finished();
      ids.push(job.progress().id);
    }
    const kept = ids.map((id) => exports.find(id) !== undefined);
    expect(kept).toEqual([true, false, true, true]);
  });

  it('are pushed out before others', async () => {
    const { exports } = await exportsOf(readings, { limits: { keptMax: 2 } });
    const ids: string[] = [];
    for (const wanted of [request(), guest, request()]) {
      const job = exports.start(wanted);
      await job.finished();
      ids.push(job.progress().id);
    }
    const kept = ids.map((id) => exports.find(id) !== undefined);
    expect(kept).toEqual([true, false, true]);
  });

  it('are refused when there is nothing of theirs to push out', async () => {
    const { exports } = await exportsOf(readings, { limits: { keptMax: 1 } });
    await exports.start(request()).finished();
    expect(() => exports.start(guest)).toThrow(ExportsBusy);
  });
});
