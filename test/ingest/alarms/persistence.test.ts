import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { AlarmsNotKept, type AlarmTransition } from '../../../broker/contract/alarms.ts';
import { AlarmFile } from '../../../ingest/alarms/alarm-file.ts';
import { newMemory } from '../../../ingest/domain/alarms/watch.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import { smallDiskOrReason } from '../../torture/small-disk.ts';
import { bench } from './support.ts';

const child = join(import.meta.dirname, 'alarms-child.ts');

describe('a kill in the middle', () => {
  it('leaves a state in which alarms, history and acknowledgements agree', async () => {
    const folder = tempFolder();
    const acked = new Map<string, number>();
    for (const afterAcks of [20, 55, 90]) {
      const running = spawn(process.execPath, ['--import', 'tsx', child, folder]);
      let said = '';
      let errors = '';
      running.stdout.on('data', (data) => {
        said += data;
        if (said.split('\n').length > afterAcks) running.kill('SIGKILL');
      });
      running.stderr.on('data', (data) => {
        errors += data;
      });
      await once(running, 'exit');
      expect(errors).toBe('');
      for (const line of said.split('\n').slice(0, -1)) {
        const [id = '', revision] = line.split(' ');
        acked.set(id, Number(revision));
      }
      check(folder, acked);
    }
    expect(acked.size).toBeGreaterThan(50);
  }, 60_000);
});

/** What is open is what its history says, and what was acknowledged to an operator is there. */
function check(folder: string, acked: ReadonlyMap<string, number>): void {
  const file = new AlarmFile(folder);
  const { alarms, memories } = file.load();
  const stories = new Map<string, AlarmTransition[]>();
  for (const transition of file.history({ limit: 50_000 }).reverse())
    stories.set(transition.alarm, [...(stories.get(transition.alarm) ?? []), transition]);
  for (const [id, story] of stories) {
    const isClosed = story.at(-1)?.kind === 'closed';
    expect(alarms.has(id), id).toBe(!isClosed);
    const turns = story.filter(({ kind }) => ['raised', 'activated', 'cleared'].includes(kind));
    if (!isClosed) expect(alarms.get(id)?.alarm.active, id).toBe(turns.at(-1)?.kind !== 'cleared');
  }
  expect([...alarms.keys()].every((id) => stories.has(id))).toBe(true);
  for (const id of acked.keys())
    expect(
      stories.get(id)?.some(({ kind }) => kind === 'acknowledged'),
      id,
    ).toBe(true);
  for (const { alarm } of alarms.values())
    expect(memories.get(`r1 ${alarm.device} pm10`)?.isActive ?? false).toBe(alarm.active);
  void file.close();
}

const disk = smallDiskOrReason(8);

describe.skipIf(disk === undefined)('on a full disk', () => {
  it('deeds are refused, nothing is forgotten, and it goes on when there is room', async () => {
    if (!disk) return;
    onTestFinished(() => disk.remove());
    const stray: unknown[] = [];
    const note = (error: unknown): void => void stray.push(error);
    process.on('unhandledRejection', note);
    onTestFinished(() => void process.off('unhandledRejection', note));
    const file = new AlarmFile(join(disk.dataDir, 'alarms'));
    file.put('memories', 'before', newMemory());
    await file.durable();
    disk.fill();
    for (let index = 0; index < 400; index += 1)
      file.put('memories', `${index}`.padEnd(400, 'x'), {
        ...newMemory(),
        condition: { points: Array(200).fill([1, 2]) },
      });
    await expect(file.durable()).rejects.toThrow(AlarmsNotKept);
    expect(() => file.assertWritable()).toThrow(AlarmsNotKept);
    file.put('memories', 'meanwhile', newMemory(true));
    disk.free();
    await file.close();
    const again = new AlarmFile(join(disk.dataDir, 'alarms'));
    const { memories } = again.load();
    expect(memories.size).toBe(402);
    expect(memories.get('meanwhile')?.isActive).toBe(true);
    await again.close();
    expect(stray).toEqual([]);
  });
});

describe('history', () => {
  const transition = (seq: number, more: Partial<AlarmTransition> = {}): AlarmTransition => ({
    seq,
    alarm: `a${seq % 3}`,
    rule: 'r1',
    device: `p/d${seq % 2}`,
    priority: 'low',
    at: seq * 10,
    kind: 'commented',
    by: 'ada',
    ...more,
  });

  it('is found newest first, by alarm, device, rule and time, in pages', async () => {
    const file = new AlarmFile(tempFolder());
    for (let seq = 1; seq <= 20; seq += 1) file.add(transition(seq * 5));
    await file.durable();
    const seqs = (filter: object, limit = 99) =>
      file.history({ ...filter, limit }).map(({ seq }) => seq);
    expect(seqs({}, 3)).toEqual([100, 95, 90]);
    expect(seqs({ before: 90 }, 2)).toEqual([85, 80]);
    expect(seqs({ alarm: 'a0' })).toEqual([90, 75, 60, 45, 30, 15]);
    expect(seqs({ alarm: 'a0', before: 60 }, 2)).toEqual([45, 30]);
    expect(seqs({ device: 'p/d1', alarm: 'a0' })).toEqual([75, 45, 15]);
    expect(seqs({ rule: 'r2' })).toEqual([]);
    expect(seqs({ from: 850, to: 950 })).toEqual([90, 85]);
    expect(seqs({ to: 60 })).toEqual([5]);
    expect(seqs({ from: 2_000 })).toEqual([]);
    await file.close();
  });

  it('of what is too old is forgotten, with its places', async () => {
    const file = new AlarmFile(tempFolder());
    for (let seq = 1; seq <= 20; seq += 1) file.add(transition(seq));
    file.forget(110);
    await file.durable();
    file.add(transition(21));
    await file.durable();
    expect(file.history({ limit: 99 })).toHaveLength(11);
    expect(file.history({ alarm: 'a0', limit: 99 }).map(({ seq }) => seq)).toEqual([
      21, 18, 15, 12,
    ]);
    await file.close();
  });
});

describe('metrics', () => {
  it('show what is open', async () => {
    const all = await bench();
    await all.device('p/d');
    await all.rule({ priority: 'high', condition: { type: 'threshold', op: 'gt', value: 50 } });
    await all.say('p/d', 'pm10', 60);
    const text = await all.metrics.metrics();
    expect(text).toContain('alarms_open{priority="high"} 1');
    expect(text).toContain('alarms_open{priority="low"} 0');
    expect(text).toContain('alarms_raised_total{priority="high"} 1');
    expect(text).toContain('alarms_left_out{what="readings"} 0');
  });
});
