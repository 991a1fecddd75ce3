import { openWire, type Wire } from './wire.ts';

/** One case of the table. */
export interface Case {
  /** The normative statement, or several, as the standard numbers them. */
  id: string;
  what: string;
  /** The standard leaves it open, or speaks of what it should; what is expected is our decision. */
  policy?: true;
  script: (names: Names) => readonly Step[];
}

/** Names that no other case uses. */
export interface Names {
  /** A topic; `more` is put behind a slash. */
  topic: (more?: string) => string;
  /** Client id of one of the case's clients. */
  id: (client: string) => string;
}

/** Something that one of the case's clients, named by a letter, does or waits for. */
export type Step =
  | { at: string; send: Buffer }
  /** These packets and no other ones come next; `closed` is the end of the connection. */
  | { at: string; gets: readonly string[] }
  /** The same in any order. */
  | { at: string; getsAnyOrder: readonly string[] }
  /** The connection ends, after at most a CONNACK with one of these codes. */
  | { at: string; isRefused: readonly number[] }
  /** Any packets and then the end, within a span of time in ms from this step on. */
  | { at: string; endsBetweenMs: readonly [number, number] }
  /** Acknowledges the last PUBLISH that it got. */
  | { at: string; acknowledges: (id: number) => Buffer }
  /** Compares the packet ids of two PUBLISHes that were received. */
  | { at: string; id: 'remember' | 'is the same' }
  /** Ends the connection without a DISCONNECT. */
  | { at: string; cuts: true };

const caseWaitMs = 4_000;

/** Plays a case. @returns what went wrong, or undefined */
export async function play(
  { script }: Case,
  { port, index, waitMs = caseWaitMs }: { port: number; index: number; waitMs?: number },
): Promise<string | undefined> {
  const names: Names = {
    topic: (more) => `city/v1/case-${index}/${more ?? 'topic'}`,
    id: (client) => `case${index}${client}`,
  };
  const wires = new Map<string, Wire>();
  let rememberedId = 0;
  try {
    for (const [number, step] of script(names).entries()) {
      const wire = wires.get(step.at) ?? (await openWire(port));
      wires.set(step.at, wire);
      if ('id' in step && step.id === 'remember') rememberedId = wire.lastId();
      const fault =
        'id' in step ? sameId(rememberedId, wire.lastId()) : await take(wire, step, waitMs);
      if (fault) return `step ${number + 1}, ${step.at}: ${fault}`;
    }
    return undefined;
  } catch (error) {
    return String(error);
  } finally {
    for (const wire of wires.values()) wire.cut();
  }
}

function sameId(remembered: number, last: number): string | undefined {
  return remembered === last ? undefined : `wanted packet id ${remembered}, got ${last}`;
}

type WireStep = Exclude<Step, { id: string }>;

async function take(wire: Wire, step: WireStep, waitMs: number): Promise<string | undefined> {
  if ('send' in step) wire.send(step.send);
  else if ('cuts' in step) wire.cut();
  else if ('acknowledges' in step) wire.send(step.acknowledges(wire.lastId()));
  else if ('gets' in step) return gets(wire, step.gets, waitMs);
  else if ('getsAnyOrder' in step) return getsAnyOrder(wire, step.getsAnyOrder, waitMs);
  else if ('isRefused' in step) return isRefused(wire, step.isRefused, waitMs);
  else return endsBetween(wire, step.endsBetweenMs);
  return undefined;
}

async function gets(wire: Wire, expected: readonly string[], waitMs: number) {
  for (const one of expected) {
    const got = await wire.next(waitMs);
    if (got !== one) return `wanted "${one}", got "${got}"`;
  }
  return undefined;
}

async function getsAnyOrder(wire: Wire, expected: readonly string[], waitMs: number) {
  const open = [...expected];
  while (open.length > 0) {
    const got = await wire.next(waitMs);
    const index = open.indexOf(got);
    if (index < 0) return `wanted one of "${open.join('", "')}", got "${got}"`;
    open.splice(index, 1);
  }
  return undefined;
}

async function isRefused(wire: Wire, codes: readonly number[], waitMs: number) {
  const first = await wire.next(waitMs);
  if (first === 'closed') return undefined;
  if (!codes.some((code) => first === `connack 0 ${code}`)) return `wanted the end, got "${first}"`;
  return gets(wire, ['closed'], waitMs);
}

async function endsBetween(wire: Wire, [fromMs, toMs]: readonly [number, number]) {
  const begin = performance.now();
  for (;;) {
    const got = await wire.next(toMs);
    const elapsedMs = performance.now() - begin;
    if (got === 'nothing' || elapsedMs > toMs) return `still open after ${toMs} ms`;
    if (got !== 'closed') continue;
    return elapsedMs < fromMs ? `closed after ${Math.round(elapsedMs)} ms already` : undefined;
  }
}
