import { connect, disconnect, field, packet, pingreq, publish, subscribe } from '../packets.ts';
import type { Case, Names } from '../script.ts';
import { gets, hearsNothing, send, signsIn, subscribes, turnsAway } from './shorthand.ts';

const unsupported: readonly Case[] = [
  turnsAway('[MQTT-3.1.2-1]', 'a protocol name in lower case', ({ id }) =>
    connect({ id: id('a'), name: 'mqtt' }),
  ),
  turnsAway('[MQTT-3.1.2-1]', 'an empty protocol name', ({ id }) =>
    connect({ id: id('a'), name: '' }),
  ),
  turnsAway('[MQTT-3.1.2-1]', 'a protocol name with a letter too many', ({ id }) =>
    connect({ id: id('a'), name: 'MQTTT' }),
  ),
  ...[0, 3, 6, 127, 255].map(
    (level): Case => ({
      id: '[MQTT-3.1.2-2]',
      what: `protocol MQTT at level ${level} is answered with CONNACK 1`,
      script: ({ id }) => [
        send('a', connect({ id: id('a'), level })),
        gets('a', 'connack 0 1', 'closed'),
      ],
    }),
  ),
  {
    id: '[MQTT-3.1.2-2]',
    what: 'MQTT 5 with properties is answered with CONNACK 1',
    policy: true,
    script: ({ id }) => [
      send('a', packet(0x10, field('MQTT'), [5, 2, 0, 60], [5, 0x11, 0, 0, 0, 9], field(id('a')))),
      gets('a', 'connack 0 1', 'closed'),
    ],
  },
  {
    id: '[MQTT-3.1.2-2]',
    what: 'the private level of bridges is answered with CONNACK 1, after which they use 4',
    policy: true,
    script: ({ id }) => [
      send('a', connect({ id: id('a'), level: 0x84 })),
      gets('a', 'connack 0 1', 'closed'),
    ],
  },
  {
    id: '[MQTT-3.1.2-2]',
    what: 'MQTT 3.1 is spoken too',
    policy: true,
    script: (names) => signsIn('a', names, { name: 'MQIsdp', level: 3 }),
  },
];

const flags: readonly Case[] = [
  turnsAway('[MQTT-3.1.2-3]', 'the reserved connect flag', ({ id }) =>
    connect({ id: id('a'), flags: 1 }),
  ),
  turnsAway('[MQTT-3.1.2-11]', 'a will QoS without a will', ({ id }) =>
    connect({ id: id('a'), flags: 0x08 }),
  ),
  turnsAway('[MQTT-3.1.2-13]', 'a will QoS of 2 without a will', ({ id }) =>
    connect({ id: id('a'), flags: 0x10 }),
  ),
  turnsAway('[MQTT-3.1.2-14]', 'will QoS 3', (names) =>
    connect({ id: names.id('a'), will: { topic: names.topic(), payload: '', qos: 3 } }),
  ),
  turnsAway('[MQTT-3.1.2-15]', 'a will retain flag without a will', ({ id }) =>
    connect({ id: id('a'), flags: 0x20 }),
  ),
  turnsAway('[MQTT-3.1.2-9]', 'a will flag without will topic and message', ({ id }) =>
    connect({ id: id('a'), flags: 4, user: false, password: false }),
  ),
  turnsAway('[MQTT-3.1.2-22]', 'a password without a user name', ({ id }) =>
    connect({ id: id('a'), user: false }),
  ),
  turnsAway('[MQTT-3.1.2-19]', 'a user name flag without a user name', ({ id }) =>
    connect({ id: id('a'), user: false, password: false, flags: 0x80 }),
  ),
  turnsAway('[MQTT-3.1.2-21]', 'a password flag without a password', ({ id }) =>
    connect({ id: id('a'), password: false, flags: 0x40 }),
  ),
  turnsAway('[MQTT-3.1.2-18]', 'a user name without its flag: bytes behind the end', ({ id }) =>
    connect({ id: id('a'), user: false, password: false, tail: field('admin') }),
  ),
  turnsAway('[MQTT-3.1.4-1]', 'one byte behind the end', ({ id }) =>
    connect({ id: id('a'), tail: Buffer.from([0]) }),
  ),
  turnsAway('[MQTT-3.1.4-1]', 'a CONNECT that ends within its keep alive', () =>
    Buffer.concat([packet(0x10, field('MQTT'), [4, 2, 0]), pingreq, pingreq]),
  ),
  turnsAway('[MQTT-3.1.3-3]', 'a CONNECT without a client id', () =>
    Buffer.concat([packet(0x10, field('MQTT'), [4, 2, 0, 0]), pingreq]),
  ),
  {
    id: '[MQTT-3.1.2-18]',
    what: 'neither user name nor password, where anonymous clients may come in',
    script: (names) => signsIn('a', names, { user: false, password: false }),
  },
  {
    id: '[MQTT-3.1.4-2]',
    what: 'a wrong password is answered with CONNACK 4 and the end',
    policy: true,
    script: ({ id }) => [
      send('a', connect({ id: id('a'), password: 'wrong' })),
      gets('a', 'connack 0 4', 'closed'),
    ],
  },
];

const clientIds: readonly Case[] = [
  {
    id: '[MQTT-3.1.3-6]',
    what: 'an empty client id with a clean session gets an id of its own',
    script: () => [
      send('a', connect({ id: '' })),
      gets('a', 'connack 0 0'),
      send('b', connect({ id: '' })),
      gets('b', 'connack 0 0'),
      ...hearsNothing('a'),
    ],
  },
  {
    id: '[MQTT-3.1.3-8]',
    what: 'an empty client id without a clean session is answered with CONNACK 2 and the end',
    script: () => [
      send('a', connect({ id: '', clean: false })),
      gets('a', 'connack 0 2', 'closed'),
    ],
  },
  {
    id: '[MQTT-3.1.3-5]',
    what: 'a client id of 23 letters and digits',
    script: ({ id }) => [
      send('a', connect({ id: id('abcdefghijklmnopqrstuvw').slice(0, 23).padEnd(23, 'Z') })),
      gets('a', 'connack 0 0'),
    ],
  },
  {
    id: '[MQTT-3.1.3-5]',
    what: 'a longer client id with other characters, also in MQTT 3.1',
    policy: true,
    script: ({ id }) => [
      send('a', connect({ id: `${id('ü')} /_${'x'.repeat(80)}` })),
      gets('a', 'connack 0 0'),
      send('b', connect({ id: `${id('b')} /_${'x'.repeat(80)}`, name: 'MQIsdp', level: 3 })),
      gets('b', 'connack 0 0'),
    ],
  },
  {
    id: '[MQTT-3.1.4-2]',
    what: 'a second connection with the same client id ends the first',
    script: (names) => [
      ...signsIn('a', names),
      send('b', connect({ id: names.id('a') })),
      gets('b', 'connack 0 0'),
      gets('a', 'closed'),
      ...hearsNothing('b'),
    ],
  },
];

const order: readonly Case[] = [
  ...(
    [
      ['PUBLISH', ({ topic }: Names) => publish(topic(), 'x')],
      ['SUBSCRIBE', ({ topic }: Names) => subscribe(1, [topic(), 0])],
      ['PINGREQ', () => pingreq],
      ['DISCONNECT', () => disconnect],
    ] as const
  ).map(([what, bytes]) =>
    turnsAway('[MQTT-3.1.0-1]', `${what} before CONNECT, and a CONNECT behind it`, (names) =>
      Buffer.concat([bytes(names), connect({ id: names.id('a') })]),
    ),
  ),
  {
    id: '[MQTT-3.1.0-2]',
    what: 'a second CONNECT ends the connection',
    script: (names) => [
      ...signsIn('a', names),
      send('a', connect({ id: names.id('a') })),
      gets('a', 'closed'),
    ],
  },
  {
    id: '[MQTT-3.1.0-2]',
    what: 'a second CONNECT in the same segment ends the connection',
    script: ({ id }) => [
      send('a', connect({ id: id('a') }), connect({ id: id('a') })),
      { at: 'a', endsBetweenMs: [0, 3_000] },
    ],
  },
  {
    id: '[MQTT-3.1.4-5]',
    what: '2,000 packets behind a CONNECT, before its answer, are all handled',
    script: ({ id, topic }) => {
      const ids = Array.from({ length: 1_999 }, (_, index) => index + 1);
      return [
        send(
          'a',
          connect({ id: id('a') }),
          ...ids.map((one) => publish(topic(), 'x', { qos: 1, id: one })),
        ),
        gets('a', 'connack 0 0', ...ids.map((one) => `puback ${one}`)),
      ];
    },
  },
  {
    id: '[MQTT-3.2.0-1]',
    what: 'CONNACK comes first, also with everything pipelined behind CONNECT',
    script: ({ id, topic }) => [
      send('a', connect({ id: id('a') }), subscribe(1, [topic(), 0]), pingreq),
      gets('a', 'connack 0 0'),
      { at: 'a', getsAnyOrder: ['suback 1: 0', 'pingresp'] },
    ],
  },
  {
    id: '[MQTT-3.1.4-6]',
    what: 'nothing behind a refused CONNECT has an effect',
    script: (names) => [
      ...signsIn('b', names),
      ...subscribes('b', [names.topic(), 0]),
      send('a', connect({ id: '', clean: false }), publish(names.topic(), 'never', { qos: 1 })),
      gets('a', 'connack 0 2', 'closed'),
      ...hearsNothing('b'),
    ],
  },
  {
    id: '[MQTT-3.12.4-1]',
    what: 'PINGREQ is answered with PINGRESP',
    script: (names) => [...signsIn('a', names), ...hearsNothing('a'), ...hearsNothing('a')],
  },
  {
    id: '[MQTT-3.14.4-2]',
    what: 'after DISCONNECT the server closes if the client does not, and answers nothing behind it',
    script: (names) => [
      ...signsIn('a', names),
      send('a', disconnect, pingreq),
      gets('a', 'closed'),
    ],
  },
];

const keepAlive: readonly Case[] = [
  {
    id: '[MQTT-3.1.2-24]',
    what: 'silence for 1.5 times the keep alive ends the connection, not less',
    script: (names) => [
      ...signsIn('a', names, { keepAlive: 1 }),
      { at: 'a', endsBetweenMs: [1_200, 4_500] },
    ],
  },
  {
    id: '[MQTT-3.1.2-10]',
    what: 'keep alive 0 is none: silence does not end the connection',
    script: (names) => [
      ...signsIn('a', names, { keepAlive: 0 }),
      ...signsIn('b', names, { keepAlive: 1 }),
      { at: 'b', endsBetweenMs: [1_200, 4_500] },
      ...hearsNothing('a'),
    ],
  },
];

export const connecting: readonly Case[] = [
  ...unsupported,
  ...flags,
  ...clientIds,
  ...order,
  ...keepAlive,
];
