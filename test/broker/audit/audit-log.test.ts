import { appendFileSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type AuditLimits, createAuditLog } from '../../../broker/audit/audit-log.ts';
import { chainStart } from '../../../broker/audit/chain.ts';
import type { AuditEvent } from '../../../broker/contract/audit.ts';
import { silentLog } from '../../support/log.ts';
import { tempFolder } from '../../support/temp-folder.ts';

function open(folder: string, limits: Partial<AuditLimits> = {}) {
  const log = createAuditLog({ folder, limits }, { log: silentLog });
  onTestFinished(() => log.close());
  return log;
}

const event = (at: number, more: Partial<AuditEvent> = {}): AuditEvent => ({
  at,
  actor: 'admin',
  action: 'registerDevice',
  object: `ulm/${at}`,
  outcome: 'done',
  status: 201,
  address: '127.0.0.1',
  ...more,
});

const filesOf = (folder: string) =>
  readdirSync(folder)
    .sort()
    .map((name) => join(folder, name));

describe('the audit log', () => {
  it('tells of a line that was altered, removed or moved', async () => {
    const damages: ((lines: string[]) => string[])[] = [
      (lines) => lines.map((line) => line.replace('"actor":"admin"', '"actor":"nobody"')),
      (lines) => lines.filter((_, index) => index !== 1),
      ([a = '', b = '', c = '']) => [a, c, b],
      ([a = '', , c = '']) => [a, 'no entry', c],
    ];
    for (const damage of damages) {
      const folder = tempFolder();
      const log = open(folder);
      for (const at of [1, 2, 3]) await log.append(event(at));
      expect(await log.check()).toEqual({ whole: true, entries: 3 });
      const [path = ''] = filesOf(folder);
      const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
      writeFileSync(path, `${damage(lines).join('\n')}\n`);
      const check = await log.check();
      expect(check.whole).toBe(false);
      expect(check.brokenAt).toBeLessThanOrEqual(3);
    }
  });

  it('has an event on disk when it says so, in a file that only its owner reads', async () => {
    const folder = tempFolder();
    await open(folder).append(event(1));
    const [path = ''] = filesOf(folder);
    const [line = ''] = readFileSync(path, 'utf8').split('\n');
    expect(JSON.parse(line)).toMatchObject({ ...event(1), seq: 1, previous: chainStart });
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('goes on in the same file and chain after a restart, without a torn last line', async () => {
    const folder = tempFolder();
    const first = open(folder);
    await first.append(event(1));
    await first.close();
    appendFileSync(filesOf(folder)[0] ?? '', '{"seq":2,"at":');
    const second = open(folder);
    await second.append(event(2));
    expect(filesOf(folder)).toHaveLength(1);
    expect((await second.list({ limit: 9 })).map(({ seq }) => seq)).toEqual([2, 1]);
    expect(await second.check()).toEqual({ whole: true, entries: 2 });
  });

  it('keeps a bounded number of files, and the chain of what is left is whole', async () => {
    const folder = tempFolder();
    const log = open(folder, { fileBytes: 500, filesMax: 3 });
    for (let at = 1; at <= 30; at++) await log.append(event(at));
    expect(filesOf(folder)).toHaveLength(3);
    const kept = await log.list({ limit: 99 });
    expect(kept[0]?.seq).toBe(30);
    expect(kept.length).toBeLessThan(10);
    expect(await log.check()).toEqual({ whole: true, entries: kept.length });
  });

  it('refuses more events than may wait, and chains those of one turn', async () => {
    const log = open(tempFolder(), { waitingMax: 3 });
    const outcomes = await Promise.allSettled([1, 2, 3, 4].map((at) => log.append(event(at))));
    expect(outcomes.map(({ status }) => status)).toEqual([
      'fulfilled',
      'fulfilled',
      'fulfilled',
      'rejected',
    ]);
    expect(outcomes[3]).toMatchObject({ reason: { code: 'audit-unavailable' } });
    expect(await log.check()).toEqual({ whole: true, entries: 3 });
  });

  it('is filtered by who, what and when, and paged', async () => {
    const log = open(tempFolder(), { fileBytes: 600 });
    for (let at = 1; at <= 9; at++)
      await log.append(event(at, { actor: at % 2 === 0 ? 'provider:ulm' : 'admin' }));
    const seqs = async (filter: object) =>
      (await log.list({ limit: 99, ...filter })).map(({ seq }) => seq);
    expect(await seqs({ actor: 'provider:ulm' })).toEqual([8, 6, 4, 2]);
    expect(await seqs({ object: 'ulm/5' })).toEqual([5]);
    expect(await seqs({ from: 3, to: 6 })).toEqual([5, 4, 3]);
    expect(await seqs({ limit: 2 })).toEqual([9, 8]);
    expect(await seqs({ limit: 2, before: 8 })).toEqual([7, 6]);
    expect(await seqs({ action: 'signIn' })).toEqual([]);
  });
});
