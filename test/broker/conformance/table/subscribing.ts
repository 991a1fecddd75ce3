import { field, packet, publish, subscribe, uint16, unsubscribe } from '../packets.ts';
import type { Case, Names } from '../script.ts';
import {
  closesOn,
  gets,
  hearsNothing,
  policy,
  says,
  send,
  signsIn,
  subscribes,
} from './shorthand.ts';

const malformed: readonly Case[] = [
  closesOn('[MQTT-3.8.3-3]', 'a SUBSCRIBE without filters', () => packet(0x82, uint16(1))),
  closesOn('[MQTT-3.8.3-4]', 'QoS 3 in SUBSCRIBE', ({ topic }) => subscribe(1, [topic(), 3])),
  ...[0x04, 0x40, 0x80].map((bits) =>
    closesOn('[MQTT-3.8.3-4]', `reserved bits ${bits.toString(16)} beside the QoS`, ({ topic }) =>
      subscribe(1, [topic(), bits]),
    ),
  ),
  closesOn('[MQTT-3.10.3-2]', 'an UNSUBSCRIBE without filters', () => packet(0xa2, uint16(1))),
  closesOn('[MQTT-4.7.3-1]', 'an empty filter in SUBSCRIBE', () => subscribe(1, ['', 0])),
  closesOn('[MQTT-4.7.3-1]', 'an empty filter in UNSUBSCRIBE', () => unsubscribe(1, '')),
  ...['#/a', 'a#', 'a/#b', '##'].map((end) =>
    closesOn('[MQTT-4.7.1-2]', `a filter that ends in ${end}`, ({ topic }) =>
      subscribe(1, [topic(end), 0]),
    ),
  ),
  ...['a+', '+a', 'a/b+/c', '++'].map((end) =>
    closesOn('[MQTT-4.7.1-3]', `a filter that ends in ${end}`, ({ topic }) =>
      subscribe(1, [topic(end), 0]),
    ),
  ),
  closesOn('[MQTT-4.7.1-3]', 'an UNSUBSCRIBE of a+/b', () => unsubscribe(1, 'a+/b')),
  closesOn('[MQTT-3.8.4-1]', 'a SUBSCRIBE with one byte behind its last filter', ({ topic }) =>
    packet(0x82, uint16(1), field(topic()), [0], [0]),
  ),
];

const answers: readonly Case[] = [
  {
    id: '[MQTT-3.8.4-5]',
    what: 'a return code for each filter, in their order',
    script: (names) => [
      ...signsIn('a', names),
      send('a', subscribe(7, [names.topic('x'), 1], [names.topic('y'), 0], [names.topic('z'), 1])),
      gets('a', 'suback 7: 1,0,1'),
    ],
  },
  {
    id: '[MQTT-3.8.4-5]',
    what: 'a return code for each filter also when one comes twice; the last QoS counts',
    script: (names) => [
      ...signsIn('a', names),
      send('a', subscribe(7, [names.topic('x'), 0], [names.topic('y'), 0], [names.topic('x'), 1])),
      gets('a', 'suback 7: 0,0,1'),
      send('a', publish(names.topic('x'), 'x', { qos: 1, id: 4 })),
      { at: 'a', getsAnyOrder: ['puback 4', `publish q1 ${names.topic('x')}=x`] },
      ...hearsNothing('a'),
    ],
  },
  {
    id: '[MQTT-3.8.4-6]',
    what: 'less than QoS 2 is granted, as the server may',
    policy: true,
    script: (names) => [
      ...signsIn('a', names),
      send('a', subscribe(7, [names.topic(), 2])),
      gets('a', 'suback 7: 1'),
    ],
  },
  {
    id: '[MQTT-3.9.3-1]',
    what: 'shared subscriptions and $SYS are answered with 0x80, the filters beside them are granted',
    policy: true,
    script: (names) => [
      ...signsIn('a', names),
      send(
        'a',
        subscribe(7, ['$share/g/city', 0], [names.topic(), 1], ['$SYS/#', 0], ['$queue/x', 0]),
      ),
      gets('a', 'suback 7: 128,1,128,128'),
    ],
  },
  {
    id: '[MQTT-3.8.4-6]',
    what: 'delivered at the lower of what was published and what was granted',
    script: (names) => [
      ...signsIn('b', names),
      ...signsIn('a', names),
      ...subscribes('a', [names.topic('zero'), 0], [names.topic('one'), 1]),
      ...says('b', names.topic('zero'), 'x'),
      gets('a', `publish q0 ${names.topic('zero')}=x`),
      ...says('b', names.topic('one'), 'x', { qos: 0 }),
      gets('a', `publish q0 ${names.topic('one')}=x`),
      ...says('b', names.topic('one'), 'x'),
      gets('a', `publish q1 ${names.topic('one')}=x`),
    ],
  },
  {
    id: '[MQTT-3.8.4-6]',
    what: 'a retained message too, also through a wildcard of QoS 0',
    script: (names) => [
      ...signsIn('a', names),
      ...says('a', names.topic(), 'kept', { retain: true }),
      ...subscribes('a', [names.topic('+'), 0]),
      gets('a', `publish q0 retain ${names.topic()}=kept`),
    ],
  },
  {
    id: '[MQTT-3.8.4-3]',
    what: 'the same filter again replaces the subscription and its QoS, and brings the retained message again',
    script: (names) => [
      ...signsIn('a', names),
      ...says('a', names.topic(), 'kept', { retain: true }),
      ...subscribes('a', [names.topic(), 0]),
      gets('a', `publish q0 retain ${names.topic()}=kept`),
      ...subscribes('a', [names.topic(), 1]),
      gets('a', `publish q1 retain ${names.topic()}=kept`),
      ...subscribes('a', [names.topic(), 1]),
      gets('a', `publish q1 retain ${names.topic()}=kept`),
      ...signsIn('b', names),
      ...says('b', names.topic(), 'live'),
      gets('a', `publish q1 ${names.topic()}=live`),
      ...hearsNothing('a'),
    ],
  },
  {
    id: '[MQTT-3.8.4-3]',
    what: 'the same filter again with a lower QoS lowers it',
    script: (names) => [
      ...signsIn('a', names),
      ...subscribes('a', [names.topic('+'), 1]),
      ...subscribes('a', [names.topic('+'), 0]),
      ...signsIn('b', names),
      ...says('b', names.topic(), 'live'),
      gets('a', `publish q0 ${names.topic()}=live`),
      ...hearsNothing('a'),
    ],
  },
  ...(
    [
      ['the lower one first', [0, 1]],
      ['the higher one first', [1, 0]],
    ] as const
  ).flatMap(([what, [first, second]]) =>
    (
      [
        ['# and +', '#', '+'],
        ['+ and a topic', '+', 'topic'],
        ['a topic and +', 'topic', '+'],
      ] as const
    ).map(
      ([filters, one, two]): Case => ({
        id: '[MQTT-3.3.5-1]',
        what: `overlapping filters, ${filters}, ${what}: the highest QoS of them`,
        script: (names) => [
          ...signsIn('a', names),
          ...subscribes('a', [names.topic(one), first], [names.topic(two), second]),
          ...signsIn('b', names),
          ...says('b', names.topic(), 'x'),
          gets('a', `publish q1 ${names.topic()}=x`),
        ],
      }),
    ),
  ),
  {
    id: '[MQTT-3.3.5-1]',
    what: 'overlapping filters bring a message once',
    policy: true,
    script: (names) => [
      ...signsIn('a', names),
      ...subscribes('a', [names.topic('#'), 1], [names.topic('+'), 1], [names.topic(), 0]),
      ...signsIn('b', names),
      ...says('b', names.topic(), 'x'),
      gets('a', `publish q1 ${names.topic()}=x`),
      ...hearsNothing('a'),
    ],
  },
  {
    id: '[MQTT-3.10.4-1]',
    what: 'UNSUBSCRIBE takes away exactly the filter that it names',
    script: (names) => [
      ...signsIn('a', names),
      ...subscribes('a', [names.topic('+'), 0], [names.topic('x'), 0]),
      send('a', unsubscribe(5, names.topic('+'), names.topic('#'))),
      gets('a', 'unsuback 5'),
      ...signsIn('b', names),
      ...says('b', names.topic('y'), 'no'),
      ...says('b', names.topic('x'), 'yes'),
      gets('a', `publish q0 ${names.topic('x')}=yes`),
      ...hearsNothing('a'),
    ],
  },
  {
    id: '[MQTT-3.10.4-5]',
    what: 'UNSUBSCRIBE of what was never subscribed is acknowledged',
    script: (names) => [
      ...signsIn('a', names),
      send('a', unsubscribe(6, names.topic('never'))),
      gets('a', 'unsuback 6'),
    ],
  },
  {
    id: '[MQTT-3.10.4-6]',
    what: 'UNSUBSCRIBE of several filters is answered once',
    script: (names) => [
      ...signsIn('a', names),
      ...subscribes('a', [names.topic('x'), 1], [names.topic('y'), 1]),
      send('a', unsubscribe(6, names.topic('x'), names.topic('y'))),
      gets('a', 'unsuback 6'),
      ...signsIn('b', names),
      ...says('b', names.topic('x'), 'no'),
      ...says('b', names.topic('y'), 'no'),
      ...hearsNothing('a'),
    ],
  },
  {
    id: '[MQTT-3.10.4-3]',
    what: 'a PUBLISH in front of an UNSUBSCRIBE is still delivered',
    script: (names) => [
      ...signsIn('a', names),
      ...subscribes('a', [names.topic(), 0]),
      send('a', publish(names.topic(), 'x', { qos: 1, id: 2 }), unsubscribe(6, names.topic())),
      { at: 'a', getsAnyOrder: ['puback 2', 'unsuback 6', `publish q0 ${names.topic()}=x`] },
    ],
  },
];

/** A filter, what it matches and what not; all behind the topic of the case. */
const matching: readonly (readonly [id: string, filter: string, yes: string[], no: string[]])[] = [
  ['[MQTT-4.7.1-2]', 'a/#', ['a', 'a/b', 'a/b/c', 'a/'], ['b', 'ab', 'A/b']],
  ['[MQTT-4.7.1-2]', '#', ['a', 'a/b/c'], []],
  ['[MQTT-4.7.1-3]', '+', ['a', ' '], ['a/b', 'a/']],
  ['[MQTT-4.7.1-3]', 'a/+/c', ['a/b/c', 'a//c'], ['a/c', 'a/b/b/c']],
  ['[MQTT-4.7.1-3]', 'a/+', ['a/b', 'a/'], ['a', 'a/b/c']],
  ['[MQTT-4.7.1-3]', '+/b/#', ['a/b', 'a/b/c'], ['a', 'b/a']],
  ['[MQTT-4.7.3-4]', 'a/b', ['a/b'], ['A/b', 'a/B', 'a/b/', '/a/b', 'a//b', 'a/b ']],
  ['[MQTT-4.7.3-4]', 'A b', ['A b'], ['a b', 'Ab', 'A%20b']],
  ['[MQTT-4.7.3-4]', '/x', ['/x'], ['x', 'x/']],
  ['[MQTT-4.7.3-4]', 'x/', ['x/'], ['x', 'x/y']],
  ['[MQTT-4.7.3-4]', 'é', ['é'], ['e\u0301']],
  ['[MQTT-4.7.3-1]', '/', ['/'], ['', '//']],
  ['[MQTT-4.7.2]', '+/$x', ['a/$x'], ['a/x']],
];

function matches(
  id: string,
  filter: string,
  { yes, no }: { yes: readonly string[]; no: readonly string[] },
): Case {
  const what = `filter ${filter} matches ${JSON.stringify(yes)}, not ${JSON.stringify(no)}`;
  return {
    id,
    what,
    script: (names: Names) => [
      ...signsIn('a', names),
      ...signsIn('b', names),
      ...subscribes('a', [names.topic(filter), 0]),
      ...no.flatMap((topic) => says('b', names.topic(topic), 'no')),
      ...yes.flatMap((topic) => [
        ...says('b', names.topic(topic), 'yes'),
        gets('a', `publish q0 ${names.topic(topic)}=yes`),
      ]),
      ...hearsNothing('a'),
    ],
  };
}

const dollar: readonly Case[] = [
  ...['+/+/new/clients', '+/broker/#'].map(
    (filter): Case => ({
      id: '[MQTT-4.7.2-1]',
      what: `filter ${filter} does not match what the server publishes on $SYS`,
      script: (names) => [
        ...signsIn('a', names),
        ...subscribes('a', [filter, 0]),
        ...signsIn('b', names),
        ...hearsNothing('a'),
      ],
    }),
  ),
  policy(
    closesOn('[MQTT-4.7.3-3]', 'a topic of more than 512 bytes', ({ topic }) =>
      publish(topic('x'.repeat(512)), 'x', { qos: 1 }),
    ),
  ),
  policy(
    closesOn('[MQTT-4.7.1]', 'a topic of more than 12 levels', ({ topic }) =>
      publish(topic('/'.repeat(12)), 'x', { qos: 1 }),
    ),
  ),
];

export const subscribing: readonly Case[] = [
  ...malformed,
  ...answers,
  ...matching.map(([id, filter, yes, no]) => matches(id, filter, { yes, no })),
  ...dollar,
];
