import { connect, disconnect, packet, publish } from '../packets.ts';
import type { Case, Step } from '../script.ts';
import {
  gets,
  hearsNothing,
  policy,
  says,
  send,
  signsIn,
  subscribes,
  turnsAway,
} from './shorthand.ts';

const vanishes = (at: string): Step => ({ at, cuts: true });

const wills: readonly Case[] = [
  ...[0, 1, 2].map(
    (qos): Case => ({
      id: '[MQTT-3.1.2-8]',
      what: `a will of QoS ${qos} is published when the connection breaks`,
      script: (names) => [
        ...signsIn('b', names),
        ...subscribes('b', [names.topic(), 1]),
        ...signsIn('a', names, { will: { topic: names.topic(), payload: 'gone', qos } }),
        vanishes('a'),
        gets('b', `publish q${Math.min(qos, 1)} ${names.topic()}=gone`),
      ],
    }),
  ),
  {
    id: '[MQTT-3.1.2-8]',
    what: 'a will is published when the keep alive runs out',
    script: (names) => [
      ...signsIn('b', names),
      ...subscribes('b', [names.topic(), 0]),
      ...signsIn('a', names, { keepAlive: 1, will: { topic: names.topic(), payload: 'gone' } }),
      gets('b', `publish q0 ${names.topic()}=gone`),
    ],
  },
  {
    id: '[MQTT-3.1.2-8]',
    what: 'a will is published when the server closes on a protocol error',
    script: (names) => [
      ...signsIn('b', names),
      ...subscribes('b', [names.topic(), 0]),
      ...signsIn('a', names, { will: { topic: names.topic(), payload: 'gone' } }),
      send('a', packet(0xf0)),
      gets('a', 'closed'),
      gets('b', `publish q0 ${names.topic()}=gone`),
    ],
  },
  {
    id: '[MQTT-3.1.2-10]',
    what: 'DISCONNECT discards the will',
    script: (names) => [
      ...signsIn('b', names),
      ...subscribes('b', [names.topic(), 0]),
      ...signsIn('a', names, { will: { topic: names.topic(), payload: 'gone' } }),
      send('a', disconnect),
      gets('a', 'closed'),
      ...hearsNothing('b'),
    ],
  },
  {
    id: '[MQTT-3.14.4-3]',
    what: 'DISCONNECT discards the will also behind publishes that are not acknowledged yet',
    script: (names) => [
      ...signsIn('b', names),
      ...subscribes('b', [names.topic(), 0]),
      ...signsIn('a', names, { will: { topic: names.topic(), payload: 'gone' } }),
      send('a', publish(names.topic(), 'last', { qos: 1, id: 3 }), disconnect),
      gets('a', 'puback 3', 'closed'),
      gets('b', `publish q0 ${names.topic()}=last`),
      ...hearsNothing('b'),
    ],
  },
  {
    id: '[MQTT-3.1.2-17]',
    what: 'a retained will is retained',
    script: (names) => [
      ...signsIn('b', names),
      ...subscribes('b', [names.topic(), 0]),
      ...signsIn('a', names, { will: { topic: names.topic(), payload: 'gone', retain: true } }),
      vanishes('a'),
      gets('b', `publish q0 ${names.topic()}=gone`),
      ...signsIn('c', names),
      ...subscribes('c', [names.topic(), 0]),
      gets('c', `publish q0 retain ${names.topic()}=gone`),
    ],
  },
  {
    id: '[MQTT-3.1.2-16]',
    what: 'a will that is not retained is not',
    script: (names) => [
      ...signsIn('b', names),
      ...subscribes('b', [names.topic(), 0]),
      ...signsIn('a', names, { will: { topic: names.topic(), payload: 'gone' } }),
      vanishes('a'),
      gets('b', `publish q0 ${names.topic()}=gone`),
      ...signsIn('c', names),
      ...subscribes('c', [names.topic(), 0]),
      ...hearsNothing('c'),
    ],
  },
  {
    id: '[MQTT-3.1.3-12]',
    what: 'a will message may be empty',
    script: (names) => [
      ...signsIn('b', names),
      ...subscribes('b', [names.topic(), 0]),
      ...signsIn('a', names, { will: { topic: names.topic(), payload: '' } }),
      vanishes('a'),
      gets('b', `publish q0 ${names.topic()}=`),
    ],
  },
  turnsAway(
    '[MQTT-4.7.3-1]',
    'an empty will topic',
    ({ id }) => connect({ id: id('a'), will: { topic: '', payload: 'x' } }),
    [5],
  ),
  ...['#', '+', 'city/v1/+/status'].map((topic) =>
    turnsAway(
      '[MQTT-3.3.2-2]',
      `a will on ${topic}`,
      ({ id }) => connect({ id: id('a'), will: { topic, payload: 'x', retain: true } }),
      [5],
    ),
  ),
  policy(
    turnsAway(
      '[MQTT-4.7.2-1]',
      'a will on $SYS',
      ({ id }) => connect({ id: id('a'), will: { topic: '$SYS/x', payload: 'x' } }),
      [5],
    ),
  ),
];

const sessions: readonly Case[] = [
  {
    id: '[MQTT-3.2.2-1]',
    what: 'a clean session is never present',
    script: (names) => [
      ...signsIn('a', names, { clean: false }),
      send('a', disconnect),
      gets('a', 'closed'),
      send('b', connect({ id: names.id('a') })),
      gets('b', 'connack 0 0'),
    ],
  },
  {
    id: '[MQTT-3.2.2-2]',
    what: 'a stored session with subscriptions is present',
    script: (names) => [
      ...signsIn('a', names, { clean: false }),
      ...subscribes('a', [names.topic(), 1]),
      send('a', disconnect),
      gets('a', 'closed'),
      send('b', connect({ id: names.id('a'), clean: false })),
      gets('b', 'connack 1 0'),
    ],
  },
  {
    id: '[MQTT-3.2.2-2]',
    what: 'a stored session without subscriptions is present',
    script: (names) => [
      ...signsIn('a', names, { clean: false }),
      send('a', disconnect),
      gets('a', 'closed'),
      send('b', connect({ id: names.id('a'), clean: false })),
      gets('b', 'connack 1 0'),
      ...hearsNothing('b'),
    ],
  },
  {
    id: '[MQTT-3.2.2-3]',
    what: 'no stored session: not present',
    script: (names) => signsIn('a', names, { clean: false }),
  },
  {
    id: '[MQTT-3.1.2-6]',
    what: 'a clean session discards the former one',
    script: (names) => [
      ...signsIn('a', names, { clean: false }),
      ...subscribes('a', [names.topic(), 1]),
      send('a', disconnect),
      gets('a', 'closed'),
      send('b', connect({ id: names.id('a') }), disconnect),
      gets('b', 'connack 0 0', 'closed'),
      send('c', connect({ id: names.id('a'), clean: false })),
      gets('c', 'connack 0 0'),
      ...says('c', names.topic(), 'x'),
      ...hearsNothing('c'),
    ],
  },
  {
    id: '[MQTT-3.2.2-4]',
    what: 'a refused CONNECT says that no session is present',
    policy: true,
    script: (names) => [
      ...signsIn('a', names, { clean: false }),
      send('a', disconnect),
      gets('a', 'closed'),
      send('b', connect({ id: names.id('a'), clean: false, password: 'wrong' })),
      gets('b', 'connack 0 4', 'closed'),
    ],
  },
];

export const willsAndSessions: readonly Case[] = [...wills, ...sessions];
