import { performance } from 'node:perf_hooks';
import { readingsTopic } from '../../broker/contract/topics.ts';
import type { Message, SenderParts } from '../behaviour/message.ts';
import { messageOf } from '../behaviour/message.ts';
import type { SendStep, Step } from '../behaviour/step.ts';
import { concurrently } from '../concurrently.ts';
import type { PlannedDevice } from '../fleet.ts';
import type { CreateLink, Link } from '../link.ts';
import type { SignIn } from '../run-fleet.ts';
import type { Sample } from '../sensors/sensor.ts';
import type { AccountsData } from './accounts.ts';
import { Accounts, countReason } from './accounts.ts';
import { Agenda } from './agenda.ts';
import type { DeviceResult, DeviceSums } from './ledger.ts';
import { noteSamples } from './ledger.ts';
import type { Pace } from './pace.ts';

/** What a device will do, and how it makes messages of it. */
export interface Part {
  steps: Iterator<Step>;
  sender: SenderParts;
}

export interface ShardConfig {
  mqttUrl: string;
  signIn: SignIn;
  /** Unanswered messages of a connection. Default: those of its devices. */
  inFlightMax?: number | undefined;
  /** `offline` as the last will of connections with one device. */
  lastWill: boolean;
}

export interface ShardDeps {
  clock: () => number;
  createLink: CreateLink;
  /** Told of each message that was acknowledged. */
  onAck?: ((topic: string, payload: string | Uint8Array) => void) | undefined;
}

/** How far a part of the fleet has come. */
export interface ShardState {
  /** Simulated instant that everything before is done of; undefined when all is done. */
  at: number | undefined;
  connections: number;
  connected: number;
  /** Connections of devices that are off at the moment, as planned. */
  off: number;
  inFlight: number;
  accounts: AccountsData;
}

/** Connections that are opened or closed at the same time. */
const connectingMax = 48;
/** Steps that are done before others in the process have their turn. */
const stepsPerTurnMax = 500;
/** A timer waits no longer than this: what is due much later is looked at again. */
const sleepMsMax = 60_000;

/** A device that runs: its next step, and how many it has done. */
class DeviceRun {
  #part: Part | undefined;
  readonly plan: PlannedDevice;
  readonly topic: string;
  readonly sums: DeviceSums = new Map();
  /** Messages without an answer. */
  readonly unanswered = new Set<Message>();
  next: Step | undefined;
  at = 0;
  done = 0;
  /** When its last message was due: the last words before it loses its mains stand at the same instant. */
  lastSentAt = Number.NEGATIVE_INFINITY;

  constructor(plan: PlannedDevice) {
    this.plan = plan;
    this.topic = readingsTopic(plan.key);
  }

  begin(part: Part): void {
    this.#part = part;
    this.#load();
  }

  messageOf(step: SendStep, arrivesAt: number): Message {
    if (!this.#part) throw new Error('a device sends that has not begun');
    return messageOf(step, this.#part.sender, arrivesAt);
  }

  /** The step has been done. */
  advance(): void {
    this.done += 1;
    this.#load();
  }

  #load(): void {
    const next = this.#part?.steps.next();
    this.next = next?.done === false ? next.value : undefined;
    if (this.next) this.at = this.next.at;
  }

  result(): DeviceResult {
    const unsure: Sample[] = [...this.unanswered].flatMap(({ kept }) => [...kept]);
    return { device: this.plan.key, steps: this.done, sums: this.sums, unsure };
  }
}

/** A connection, and the devices on it that wait for it. */
class Line {
  readonly runs: DeviceRun[];
  readonly link: Link;
  readonly waiting = new Agenda<DeviceRun>();
  /** Since when it has had to be back, on the wall. */
  backSince: number | undefined;
  /** Its device is off or out of reach, as planned. */
  isOff = false;

  constructor(runs: DeviceRun[], link: Link) {
    this.runs = runs;
    this.link = link;
  }
}

/**
 * Runs a part of a fleet: does each device's steps when they are due, and waits where the broker has not answered for
 * enough of what was sent. One queue and one timer for all, whatever their number.
 */
export class Shard {
  readonly #config: ShardConfig;
  readonly #deps: ShardDeps;
  readonly #accounts = new Accounts();
  readonly #agenda = new Agenda<DeviceRun>();
  readonly #lines: Line[];
  readonly #lineOf = new Map<DeviceRun, Line>();
  #pace: Pace | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isAwake = false;
  #isStopped = false;
  #left: number;
  #finish: () => void = () => undefined;
  /** Resolves when every step is done, or the shard was stopped. */
  readonly finished = new Promise<void>((resolve) => {
    this.#finish = resolve;
  });

  /** @param groups devices that share a connection */
  constructor(groups: readonly (readonly PlannedDevice[])[], config: ShardConfig, deps: ShardDeps) {
    this.#config = config;
    this.#deps = deps;
    this.#lines = groups.map((group) => this.#lineFor(group.map((plan) => new DeviceRun(plan))));
    this.#left = this.#lineOf.size;
    if (this.#left === 0) this.#finish();
  }

  /** Connects all, some at a time. @throws LinkRefused */
  async connect(): Promise<void> {
    await concurrently(this.#lines, connectingMax, async ({ link }) => {
      if (!this.#isStopped) await link.start();
    });
  }

  /** Lets time run: each device begins its part. */
  run(pace: Pace, partOf: (plan: PlannedDevice) => Part): void {
    this.#pace = pace;
    for (const run of this.#lineOf.keys()) {
      run.begin(partOf(run.plan));
      this.#schedule(run);
    }
    this.#wake();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    this.#finish();
    await concurrently(this.#lines, connectingMax, ({ link }) => link.stop());
  }

  state(): ShardState {
    const heads = this.#lines.map(({ waiting }) => waiting.peek()?.at ?? Number.POSITIVE_INFINITY);
    const at = heads.reduce(
      (first, each) => Math.min(first, each),
      this.#agenda.peek()?.at ?? Number.POSITIVE_INFINITY,
    );
    return {
      at: at === Number.POSITIVE_INFINITY ? undefined : Math.min(at, this.#pace?.now() ?? at),
      connections: this.#lines.length,
      connected: this.#lines.reduce((sum, { link }) => sum + (link.connected ? 1 : 0), 0),
      off: this.#lines.reduce((sum, { isOff }) => sum + (isOff ? 1 : 0), 0),
      inFlight: this.#lines.reduce((sum, { link }) => sum + link.inFlight, 0),
      accounts: this.#accounts.data(),
    };
  }

  results(): DeviceResult[] {
    return [...this.#lineOf.keys()].map((run) => run.result());
  }

  #lineFor(runs: DeviceRun[]): Line {
    const { mqttUrl, signIn, inFlightMax, lastWill } = this.#config;
    const plans = runs.map(({ plan }) => plan);
    const [first] = plans;
    if (!first) throw new Error('a connection without a device');
    const { provider, id, site } = first;
    const link: Link = this.#deps.createLink(
      {
        url: mqttUrl,
        clientId: `sim-${provider}-${id}`,
        seed: site.seed,
        devices: plans.map(({ key }) => key),
        onReady: () => this.#resume(line),
        lastWill,
        inFlightMax,
        ...signIn(provider),
      },
      this.#accounts.tally,
    );
    const line = new Line(runs, link);
    for (const run of runs) this.#lineOf.set(run, line);
    return line;
  }

  #schedule(run: DeviceRun): void {
    if (run.next) {
      this.#agenda.push(run);
      return;
    }
    this.#left -= 1;
    if (this.#left === 0) this.#finish();
  }

  /** Looks at what is due in the next turn of the event loop. */
  #wake(): void {
    if (this.#isAwake || this.#isStopped) return;
    this.#isAwake = true;
    clearTimeout(this.#timer);
    setImmediate(() => this.#turn());
  }

  #turn(): void {
    this.#isAwake = false;
    const pace = this.#pace;
    if (this.#isStopped || !pace) return;
    const now = pace.now();
    let left = stepsPerTurnMax;
    for (let run = this.#agenda.peek(); run && run.at <= now; run = this.#agenda.peek()) {
      if (left-- === 0) {
        this.#wake();
        return;
      }
      this.#agenda.pop();
      this.#do(run);
    }
    const next = this.#agenda.peek();
    if (!next) return;
    const waitMs = Math.min(sleepMsMax, pace.untilMs(next.at));
    this.#timer = setTimeout(() => this.#turn(), Math.ceil(waitMs));
  }

  /** Does a device's next step, or lets it wait for its connection. */
  #do(run: DeviceRun): void {
    const step = run.next;
    const line = this.#lineOf.get(run);
    if (!step || !line) return;
    if (step.do === 'send') {
      if (!line.link.hasRoom) {
        line.waiting.push(run);
        return;
      }
      this.#send(run, step, line.link);
    } else if (step.do === 'drop') drop(run, line);
    else bringBack(line);
    run.advance();
    this.#schedule(run);
  }

  #send(run: DeviceRun, step: SendStep, link: Link): void {
    const now = this.#deps.clock();
    const message = run.messageOf(step, now);
    run.lastSentAt = step.at;
    // Of a repeat nothing is unsure: the message itself is accounted for.
    if (!step.isRepeat) run.unanswered.add(message);
    const lateMs = now - (this.#pace?.wallAt(step.at) ?? now);
    if (lateMs >= 0) this.#accounts.lateMs.add(lateMs);
    link.publish(run.topic, message.payload, () => this.#acknowledged(run, step, message));
  }

  #acknowledged(run: DeviceRun, step: SendStep, message: Message): void {
    const { readings, rejected } = this.#accounts;
    run.unanswered.delete(message);
    let values = 0;
    for (const sample of message.kept) values += Object.keys(sample.values).length;
    for (const reason of message.rejected) countReason(rejected, reason);
    if (values === 0 && message.rejected.length === 0) readings.timeless += 1;
    if (step.isRepeat) readings.repeated += values;
    else {
      readings.kept += values;
      noteSamples(run.sums, message.kept);
    }
    this.#deps.onAck?.(run.topic, message.payload);
  }

  /** The connection stands, or has a free place: those that waited for it go on, the longest due first. */
  #resume(line: Line): void {
    if (line.backSince !== undefined && line.link.connected) {
      this.#accounts.backMs.add(performance.now() - line.backSince);
      line.backSince = undefined;
    }
    let run = this.#isStopped || !line.link.hasRoom ? undefined : line.waiting.pop();
    if (run) this.#wake();
    for (; run; run = line.link.hasRoom ? line.waiting.pop() : undefined) this.#do(run);
  }
}

function drop(run: DeviceRun, line: Line): void {
  // One that speaks for several devices stays.
  if (line.runs.length > 1) return;
  line.isOff = true;
  // The last words of who loses its mains get out.
  if (run.lastSentAt === run.at) line.link.lose();
  else line.link.drop();
}

function bringBack(line: Line): void {
  if (line.runs.length > 1) return;
  line.isOff = false;
  line.backSince = performance.now();
  line.link.regain();
}
