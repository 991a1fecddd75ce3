import type { Connect, Filter, Publish } from '../packets.ts';
import { connect, pingreq, publish, subscribe } from '../packets.ts';
import type { Case, Names, Step } from '../script.ts';

type More = Omit<Connect, 'id'>;

export const send = (at: string, ...bytes: Buffer[]): Step => ({ at, send: Buffer.concat(bytes) });
export const gets = (at: string, ...packets: string[]): Step => ({ at, gets: packets });

/** One client signs in and is greeted. */
export function signsIn(at: string, names: Names, more: More = {}, sessionPresent = 0): Step[] {
  const bytes = connect({ id: names.id(at), ...more });
  return [send(at, bytes), gets(at, `connack ${sessionPresent} 0`)];
}

/** One client subscribes, and everything is granted. */
export function subscribes(at: string, ...filters: Filter[]): Step[] {
  const granted = filters.map(([, qos]) => qos).join();
  return [send(at, subscribe(99, ...filters)), gets(at, `suback 99: ${granted}`)];
}

/** Nothing but the answer to a ping comes: nothing was sent before it. */
export function hearsNothing(at: string): Step[] {
  return [send(at, pingreq), gets(at, 'pingresp')];
}

/** What one client publishes at QoS 1, acknowledged. */
export function says(
  at: string,
  topic: string | Buffer,
  payload: string | Buffer,
  more: Publish = {},
): Step[] {
  const id = more.id ?? 77;
  return [
    send(at, publish(topic, payload, { qos: 1, ...more, id })),
    ...(more.qos === 0 ? [] : [gets(at, `puback ${id}`)]),
  ];
}

/** A CONNECT (or what stands in its place) that is turned away, with one of the codes or without a word. */
export function turnsAway(
  id: string,
  what: string,
  bytes: (names: Names) => Buffer,
  codes: readonly number[] = [],
): Case {
  return {
    id,
    what,
    script: (names) => [send('a', bytes(names)), { at: 'a', isRefused: codes }],
  };
}

/** Bytes for which a client that has signed in is closed, without an answer. */
export function closesOn(id: string, what: string, bytes: (names: Names) => Buffer): Case {
  return {
    id,
    what,
    script: (names) => [...signsIn('a', names), send('a', bytes(names)), gets('a', 'closed')],
  };
}

/** What the standard leaves to the server. */
export const policy = (one: Case): Case => ({ ...one, policy: true });
