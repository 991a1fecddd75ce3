import {
  connect,
  disconnect,
  puback,
  pubcomp,
  publish,
  pubrec,
  pubrel,
  unsubscribe,
} from '../packets.ts';
import type { Case } from '../script.ts';
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
  closesOn('[MQTT-3.3.1-4]', 'QoS 3', ({ topic }) => publish(topic(), 'x', { qos: 3 })),
  closesOn('[MQTT-3.3.1-2]', 'DUP with QoS 0', ({ topic }) => publish(topic(), 'x', { dup: true })),
  closesOn('[MQTT-3.3.2-2]', 'a topic with #', ({ topic }) => publish(topic('#'), 'x', { qos: 1 })),
  closesOn('[MQTT-3.3.2-2]', 'a topic with +', ({ topic }) => publish(topic('+'), 'x', { qos: 1 })),
  closesOn('[MQTT-3.3.2-2]', 'a topic with + within a level', ({ topic }) =>
    publish(topic('a+b'), 'x'),
  ),
  closesOn('[MQTT-4.7.3-1]', 'an empty topic', () => publish('', 'x', { qos: 1 })),
  policy(closesOn('[MQTT-3.3.5-2]', 'a publish to $SYS', () => publish('$SYS/x', 'x', { qos: 1 }))),
  policy(
    closesOn('[MQTT-3.3.5-2]', 'a publish to $share', () => publish('$share/g/x', 'x', { qos: 1 })),
  ),
  policy(
    closesOn('[MQTT-3.3.5-2]', 'a publish to $queue', () => publish('$queue/x', 'x', { qos: 1 })),
  ),
  policy(
    closesOn('[MQTT-3.3.5-2]', 'a publish outside the topics of the platform', () =>
      publish('elsewhere', 'x', { qos: 1 }),
    ),
  ),
];

const flows: readonly Case[] = [
  {
    id: '[MQTT-4.3.1-1]',
    what: 'QoS 0 is not acknowledged',
    script: (names) => [
      ...signsIn('a', names),
      send('a', publish(names.topic(), 'x')),
      ...hearsNothing('a'),
    ],
  },
  {
    id: '[MQTT-4.3.2-2]',
    what: 'QoS 1 is acknowledged with PUBACK',
    script: (names) => [...signsIn('a', names), ...says('a', names.topic(), 'x', { id: 9 })],
  },
  {
    id: '[MQTT-4.3.2-2]',
    what: 'QoS 1 that was acknowledged is a new message under the same id',
    script: (names) => [
      ...signsIn('a', names),
      ...subscribes('a', [names.topic(), 0]),
      ...[1, 2].flatMap((number) => [
        send('a', publish(names.topic(), `${number}`, { qos: 1, id: 9 })),
        {
          at: 'a',
          getsAnyOrder: ['puback 9', `publish q0 ${names.topic()}=${number}`],
        },
      ]),
    ],
  },
  {
    id: '[MQTT-3.3.1-1]',
    what: 'a DUP of QoS 1 is acknowledged',
    script: (names) => [
      ...signsIn('a', names),
      send('a', publish(names.topic(), 'x', { qos: 1, id: 9 })),
      send('a', publish(names.topic(), 'x', { qos: 1, id: 9, dup: true })),
      gets('a', 'puback 9', 'puback 9'),
    ],
  },
  {
    id: '[MQTT-3.3.1-3]',
    what: 'the DUP flag of a publisher is not passed on',
    script: (names) => [
      ...signsIn('a', names),
      ...signsIn('b', names),
      ...subscribes('a', [names.topic(), 1]),
      ...says('b', names.topic(), 'x', { dup: true }),
      gets('a', `publish q1 ${names.topic()}=x`),
    ],
  },
  {
    id: '[MQTT-4.3.3-2]',
    what: 'QoS 2: PUBREC, then PUBCOMP for PUBREL, with the same id, delivered once',
    script: (names) => [
      ...signsIn('a', names),
      ...signsIn('b', names),
      ...subscribes('a', [names.topic(), 0]),
      send('b', publish(names.topic(), 'x', { qos: 2, id: 5 })),
      gets('b', 'pubrec 5'),
      send('b', pubrel(5)),
      gets('b', 'pubcomp 5'),
      gets('a', `publish q0 ${names.topic()}=x`),
      ...hearsNothing('a'),
    ],
  },
  {
    id: '[MQTT-4.3.3-2]',
    what: 'QoS 2 sent again before PUBREL gets PUBREC again and is delivered once',
    script: (names) => [
      ...signsIn('a', names),
      ...signsIn('b', names),
      ...subscribes('a', [names.topic(), 0]),
      send('b', publish(names.topic(), 'x', { qos: 2, id: 5 })),
      gets('b', 'pubrec 5'),
      send('b', publish(names.topic(), 'x', { qos: 2, id: 5, dup: true })),
      gets('b', 'pubrec 5'),
      send('b', pubrel(5)),
      gets('b', 'pubcomp 5'),
      gets('a', `publish q0 ${names.topic()}=x`),
      ...hearsNothing('a'),
    ],
  },
  {
    id: '[MQTT-4.3.3-2]',
    what: 'the same when both come in one segment',
    script: (names) => [
      ...signsIn('a', names),
      ...signsIn('b', names),
      ...subscribes('a', [names.topic(), 0]),
      send(
        'b',
        publish(names.topic(), 'x', { qos: 2, id: 5 }),
        publish(names.topic(), 'x', { qos: 2, id: 5, dup: true }),
      ),
      gets('b', 'pubrec 5', 'pubrec 5'),
      send('b', pubrel(5)),
      gets('b', 'pubcomp 5'),
      gets('a', `publish q0 ${names.topic()}=x`),
      ...hearsNothing('a'),
    ],
  },
  {
    id: '[MQTT-4.3.3-2]',
    what: 'after PUBCOMP the id stands for a new message',
    script: (names) => [
      ...signsIn('a', names),
      ...signsIn('b', names),
      ...subscribes('a', [names.topic(), 0]),
      ...['one', 'two'].flatMap((payload) => [
        send('b', publish(names.topic(), payload, { qos: 2, id: 5 })),
        gets('b', 'pubrec 5'),
        send('b', pubrel(5)),
        gets('b', 'pubcomp 5'),
      ]),
      gets('a', `publish q0 ${names.topic()}=one`, `publish q0 ${names.topic()}=two`),
    ],
  },
  {
    id: '[MQTT-3.6.4-1]',
    what: 'PUBREL for an id that is not known is answered with PUBCOMP',
    script: (names) => [...signsIn('a', names), send('a', pubrel(1234)), gets('a', 'pubcomp 1234')],
  },
  {
    id: '[MQTT-4.3.3-2]',
    what: 'QoS 2 state of a stored session outlives its connection',
    script: (names) => [
      ...signsIn('a', names),
      ...subscribes('a', [names.topic(), 0]),
      ...signsIn('b', names, { clean: false }),
      send('b', publish(names.topic(), 'x', { qos: 2, id: 5 })),
      gets('b', 'pubrec 5'),
      gets('a', `publish q0 ${names.topic()}=x`),
      { at: 'b', cuts: true },
      send('c', connect({ id: names.id('b'), clean: false })),
      gets('c', 'connack 1 0'),
      send('c', publish(names.topic(), 'x', { qos: 2, id: 5, dup: true })),
      gets('c', 'pubrec 5'),
      send('c', pubrel(5)),
      gets('c', 'pubcomp 5'),
      ...hearsNothing('a'),
    ],
  },
  {
    id: '[MQTT-4.8.0-1]',
    what: 'PUBACK for an id that is not known changes nothing',
    policy: true,
    script: (names) => [...signsIn('a', names), send('a', puback(4321)), ...hearsNothing('a')],
  },
  {
    id: '[MQTT-4.8.0-1]',
    what: 'PUBCOMP for an id that is not known changes nothing',
    policy: true,
    script: (names) => [...signsIn('a', names), send('a', pubcomp(4321)), ...hearsNothing('a')],
  },
  {
    id: '[MQTT-3.5.4-1]',
    what: 'PUBREC is answered with PUBREL, also for an id that is not known',
    policy: true,
    script: (names) => [...signsIn('a', names), send('a', pubrec(4321)), gets('a', 'pubrel 4321')],
  },
];

const resends: readonly Case[] = [
  {
    id: '[MQTT-4.4.0-1]',
    what: 'an unacknowledged message of a stored session is sent again with DUP, not one that was acknowledged',
    script: (names) => [
      ...signsIn('b', names),
      ...signsIn('a', names, { clean: false }),
      ...subscribes('a', [names.topic(), 1]),
      ...says('b', names.topic(), 'one'),
      gets('a', `publish q1 ${names.topic()}=one`),
      { at: 'a', acknowledges: puback },
      ...hearsNothing('a'),
      ...says('b', names.topic(), 'two'),
      gets('a', `publish q1 ${names.topic()}=two`),
      { at: 'a', cuts: true },
      send('c', connect({ id: names.id('a'), clean: false })),
      gets('c', 'connack 1 0', `publish q1 dup ${names.topic()}=two`),
      { at: 'c', acknowledges: puback },
      ...hearsNothing('c'),
    ],
  },
  {
    id: '[MQTT-4.4.0-1]',
    what: 'it is sent again under its original packet id',
    script: (names) => [
      ...signsIn('b', names),
      ...signsIn('a', names, { clean: false }),
      ...subscribes('a', [names.topic(), 1]),
      ...says('b', names.topic(), 'one'),
      gets('a', `publish q1 ${names.topic()}=one`),
      { at: 'a', id: 'remember' },
      { at: 'a', cuts: true },
      send('c', connect({ id: names.id('a'), clean: false })),
      gets('c', 'connack 1 0', `publish q1 dup ${names.topic()}=one`),
      { at: 'c', id: 'is the same' },
    ],
  },
  {
    id: '[MQTT-3.1.2-5]',
    what: 'QoS 1 messages for a sleeping session wait for it, in order, those of QoS 0 for nobody',
    policy: true,
    script: (names) => [
      ...signsIn('b', names),
      ...signsIn('a', names, { clean: false }),
      ...subscribes('a', [names.topic(), 1]),
      send('a', disconnect),
      gets('a', 'closed'),
      ...says('b', names.topic(), 'one'),
      ...says('b', names.topic(), 'zero', { qos: 0 }),
      ...says('b', names.topic(), 'two'),
      send('c', connect({ id: names.id('a'), clean: false })),
      gets(
        'c',
        'connack 1 0',
        `publish q1 ${names.topic()}=one`,
        `publish q1 ${names.topic()}=two`,
      ),
      ...hearsNothing('c'),
    ],
  },
  {
    id: '[MQTT-3.10.4-3]',
    what: 'a session that unsubscribed before it slept gets nothing',
    script: (names) => [
      ...signsIn('b', names),
      ...signsIn('a', names, { clean: false }),
      ...subscribes('a', [names.topic(), 1]),
      send('a', unsubscribe(3, names.topic())),
      gets('a', 'unsuback 3'),
      send('a', disconnect),
      gets('a', 'closed'),
      ...says('b', names.topic(), 'one'),
      send('c', connect({ id: names.id('a'), clean: false })),
      gets('c', 'connack 1 0'),
      ...hearsNothing('c'),
    ],
  },
];

const manyIds = Array.from({ length: 200 }, (_, index) => index + 1);

const ordering: readonly Case[] = [
  {
    id: '[MQTT-4.6.0-2]',
    what: 'PUBACKs come in the order of the PUBLISHes',
    script: (names) => [
      ...signsIn('a', names),
      send('a', ...manyIds.map((id) => publish(names.topic(), 'x', { qos: 1, id }))),
      gets('a', ...manyIds.map((id) => `puback ${id}`)),
    ],
  },
  {
    id: '[MQTT-4.6.0-3]',
    what: 'PUBRECs come in the order of the PUBLISHes, PUBCOMPs in that of the PUBRELs',
    script: (names) => [
      ...signsIn('a', names),
      send('a', ...manyIds.map((id) => publish(names.topic(), 'x', { qos: 2, id }))),
      gets('a', ...manyIds.map((id) => `pubrec ${id}`)),
      send('a', ...manyIds.map((id) => pubrel(id))),
      gets('a', ...manyIds.map((id) => `pubcomp ${id}`)),
    ],
  },
  ...[0, 1].map(
    (qos): Case => ({
      id: '[MQTT-4.6.0-6]',
      what: `messages of one publisher and topic arrive in order at QoS ${qos}`,
      script: (names) => [
        ...signsIn('a', names),
        ...signsIn('b', names),
        ...subscribes('a', [names.topic('#'), qos]),
        send(
          'b',
          ...manyIds.slice(0, 20).map((id) => publish(names.topic(), `${id}`, { qos, id })),
        ),
        gets('a', ...manyIds.slice(0, 20).map((id) => `publish q${qos} ${names.topic()}=${id}`)),
      ],
    }),
  ),
];

export const publishing: readonly Case[] = [...malformed, ...flows, ...resends, ...ordering];
