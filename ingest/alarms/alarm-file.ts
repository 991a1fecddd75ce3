import { type Database, open, type RootDatabase } from 'lmdb';
import { KeptAlarmRule } from '../../broker/contract/alarm-rules.ts';
import {
  type AlarmHistoryFilter,
  AlarmsNotKept,
  type AlarmTransition,
  Maintenance,
} from '../../broker/contract/alarms.ts';
import { DeviceStateMemory } from '../domain/alarms/device-state.ts';
import { WatchMemory } from '../domain/alarms/watch.ts';
import { History, type PlaceKey } from './history.ts';
import { KeptAlarm } from './kept-alarm.ts';
import { alarmLimits } from './limits.ts';

/** What outlives the process, by table. Memories of rules are under `<rule> <device> <metric>`, states of lamps and containers under their device. */
const tables = {
  rules: KeptAlarmRule,
  alarms: KeptAlarm,
  maintenance: Maintenance,
  memories: WatchMemory,
  states: DeviceStateMemory,
} as const;
type Table = keyof typeof tables;
type Rows = { [Name in Table]: (typeof tables)[Name]['_zod']['output'] };
export type Loaded = { [Name in Table]: Map<string, Rows[Name]> };

/** Time to the next attempt after the disk refused a write; until then deeds are refused. */
const retryMs = 1_000;

interface Waiting {
  resolve(): void;
  reject(error: AlarmsNotKept): void;
}

/**
 * Rules, open alarms, what happened to them, maintenance and memories, on disk (lmdb). What changes together is put
 * without waiting and written in one transaction, so that a kill leaves an earlier state, never half of one. A write
 * that the disk refuses is tried again with all that came after it.
 */
export class AlarmFile {
  readonly #root: RootDatabase<unknown, string>;
  readonly #tables: { [Name in Table]: Database<unknown, string> };
  readonly #history: History;
  /** The newest state of what is not on disk; bounded like the state itself. */
  #dirty = new Map<Table, Map<string, unknown>>();
  #added: AlarmTransition[] = [];
  #lost = 0;
  /** Who waits for the write under way, and for the one after it. */
  #underWay: Waiting[] = [];
  #waiting: Waiting[] = [];
  #isCommitting = false;
  #failure: AlarmsNotKept | undefined;
  #writing: Promise<void> | undefined;
  #retry: NodeJS.Timeout | undefined;

  constructor(path: string) {
    this.#root = open<unknown, string>({
      path,
      maxDbs: 8,
      encoding: 'json',
      // A commit is finished only when it is synced.
      overlappingSync: false,
      // With it, lmdb makes promises of its own that nobody can take: a full disk would end the process.
      eventTurnBatching: false,
    });
    const table = (name: string) => this.#root.openDB<unknown, string>({ name, encoding: 'json' });
    this.#tables = {
      rules: table('rules'),
      alarms: table('alarms'),
      maintenance: table('maintenance'),
      memories: table('memories'),
      states: table('states'),
    };
    this.#history = new History(
      this.#root.openDB<unknown, number>({ name: 'transitions', encoding: 'json' }),
      this.#root.openDB<number, PlaceKey>({ name: 'places', encoding: 'json' }),
    );
  }

  /** Everything of a table, by key. @throws when a record is not what it should be */
  load(): Loaded {
    const read = <Name extends Table>(name: Name): Map<string, Rows[Name]> => {
      const rows = new Map<string, Rows[Name]>();
      for (const { key, value } of this.#tables[name].getRange({}))
        rows.set(key, tables[name].parse(value) as Rows[Name]);
      return rows;
    };
    return {
      rules: read('rules'),
      alarms: read('alarms'),
      maintenance: read('maintenance'),
      memories: read('memories'),
      states: read('states'),
    };
  }

  /** Number of the newest transition. */
  lastSeq(): number {
    return this.#history.lastSeq();
  }

  /** Transitions lost because the disk took none for too long. */
  get lost(): number {
    return this.#lost;
  }

  put<Name extends Table>(table: Name, key: string, row: Rows[Name]): void {
    this.#set(table, key, row);
  }

  remove(table: Table, key: string): void {
    this.#set(table, key, undefined);
  }

  add(transition: AlarmTransition): void {
    this.#added.push(transition);
    if (this.#added.length > alarmLimits.transitionsUnwrittenMax) {
      this.#added.shift();
      this.#lost += 1;
    }
    this.#schedule();
  }

  /** Newest first. */
  history(filter: AlarmHistoryFilter): AlarmTransition[] {
    return this.#history.find(filter);
  }

  /** Forgets transitions that are too many or from before an instant. */
  forget(before: number): void {
    this.#history.forgetAtNextWrite(before);
    this.#schedule();
  }

  /** Resolves when all that was put so far is on disk. @throws AlarmsNotKept when the disk refuses */
  durable(): Promise<void> {
    if (this.#failure) return Promise.reject(this.#failure);
    const isDirty = this.#dirty.size > 0 || this.#added.length > 0;
    if (!isDirty && !this.#isCommitting) return Promise.resolve();
    const queue = isDirty ? this.#waiting : this.#underWay;
    return new Promise((resolve, reject) => queue.push({ resolve, reject }));
  }

  /** @throws AlarmsNotKept while the disk refuses writes */
  assertWritable(): void {
    if (this.#failure) throw this.#failure;
  }

  async close(): Promise<void> {
    clearTimeout(this.#retry);
    this.#failure = undefined;
    await this.#writing;
    await this.#write();
    clearTimeout(this.#retry);
    await this.#root.close();
  }

  #set(table: Table, key: string, row: unknown): void {
    const rows = this.#dirty.get(table) ?? new Map<string, unknown>();
    this.#dirty.set(table, rows);
    rows.set(key, row);
    this.#schedule();
  }

  #schedule(): void {
    if (this.#writing || this.#failure) return;
    // What the same turn puts goes along.
    this.#writing = new Promise<void>((resolve) => setImmediate(resolve))
      .then(() => this.#write())
      .finally(() => {
        this.#writing = undefined;
        if (this.#dirty.size > 0 || this.#added.length > 0) this.#schedule();
      });
  }

  async #write(): Promise<void> {
    const [rows, added] = [this.#dirty, this.#added];
    [this.#dirty, this.#added] = [new Map(), []];
    this.#underWay = this.#waiting.splice(0);
    this.#isCommitting = true;
    try {
      await this.#root.transaction(() => this.#commit(rows, added));
      this.#isCommitting = false;
      this.#failure = undefined;
      for (const { resolve } of this.#underWay.splice(0)) resolve();
    } catch (cause) {
      takeStray(cause);
      this.#isCommitting = false;
      const failure = new AlarmsNotKept('the disk does not take the state of alarms', { cause });
      this.#failure = failure;
      const waiting = [...this.#underWay.splice(0), ...this.#waiting.splice(0)];
      for (const { reject } of waiting) reject(failure);
      this.#takeBack(rows, added);
      this.#retry = setTimeout(() => {
        this.#failure = undefined;
        this.#schedule();
      }, retryMs);
    }
  }

  #commit(
    rows: ReadonlyMap<Table, ReadonlyMap<string, unknown>>,
    added: readonly AlarmTransition[],
  ) {
    for (const [name, changed] of rows) {
      const table = this.#tables[name];
      for (const [key, row] of changed) {
        if (row === undefined) table.removeSync(key);
        else table.putSync(key, row);
      }
    }
    for (const transition of added) this.#history.add(transition);
    this.#history.trim();
  }

  /** What was not written goes before what came meanwhile, which wins. */
  #takeBack(
    rows: ReadonlyMap<Table, ReadonlyMap<string, unknown>>,
    added: AlarmTransition[],
  ): void {
    for (const [name, changed] of rows) {
      const newer = this.#dirty.get(name) ?? new Map<string, unknown>();
      this.#dirty.set(name, new Map([...changed, ...newer]));
    }
    this.#added = [...added, ...this.#added];
  }
}

/** lmdb tells the cause of a failed commit by a second promise, and a rejection that nobody takes ends the process. */
function takeStray(error: unknown): void {
  (error as { commitError?: Promise<never> }).commitError?.catch(() => {});
}
