import {
  connect,
  disconnect,
  field,
  packet,
  pingreq,
  publish,
  subscribe,
  uint16,
  unsubscribe,
} from '../packets.ts';
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
  turnsAway,
} from './shorthand.ts';

const illFormed: readonly (readonly [string, number[]])[] = [
  ['a lone continuation byte', [0x61, 0x80]],
  ['an overlong slash', [0xc0, 0xaf]],
  ['an overlong U+0000', [0xc0, 0x80]],
  ['an overlong three-byte form', [0xe0, 0x80, 0xaf]],
  ['a high surrogate', [0xed, 0xa0, 0x80]],
  ['a low surrogate', [0xed, 0xbf, 0xbf]],
  ['a surrogate pair', [0xed, 0xa0, 0x81, 0xed, 0xb0, 0x80]],
  ['a code point above U+10FFFF', [0xf4, 0x90, 0x80, 0x80]],
  ['a sequence that is cut short', [0xe2, 0x82]],
  ['0xff', [0xff]],
];

const inTopic = (names: Names, bytes: readonly number[]): Buffer =>
  Buffer.concat([Buffer.from(`${names.topic()}/`), Buffer.from(bytes)]);

const texts: readonly Case[] = [
  ...illFormed.map(([what, bytes]) =>
    closesOn('[MQTT-1.5.3-1]', `${what} in the topic of a PUBLISH`, (names) =>
      publish(inTopic(names, bytes), 'x', { qos: 1 }),
    ),
  ),
  closesOn('[MQTT-1.5.3-1]', 'an ill-formed filter in SUBSCRIBE', (names) =>
    subscribe(1, [inTopic(names, [0xc0, 0xaf]), 0]),
  ),
  closesOn('[MQTT-1.5.3-1]', 'an ill-formed filter in UNSUBSCRIBE', (names) =>
    unsubscribe(1, inTopic(names, [0xed, 0xa0, 0x80])),
  ),
  turnsAway(
    '[MQTT-1.5.3-1]',
    'an ill-formed client id',
    () => connect({ id: Buffer.from([0x61, 0xff]) }),
    [2],
  ),
  turnsAway('[MQTT-1.5.3-1]', 'an ill-formed will topic', (names) =>
    connect({ id: names.id('a'), will: { topic: inTopic(names, [0xff]), payload: '' } }),
  ),
  turnsAway(
    '[MQTT-1.5.3-1]',
    'an ill-formed user name',
    (names) => connect({ id: names.id('a'), user: Buffer.from([0xc3, 0x28]) }),
    [4],
  ),
  closesOn('[MQTT-1.5.3-2]', 'U+0000 in the topic of a PUBLISH', (names) =>
    publish(names.topic('a\u0000b'), 'x', { qos: 1 }),
  ),
  closesOn('[MQTT-1.5.3-2]', 'U+0000 in a filter', (names) =>
    subscribe(1, [names.topic('a\u0000b'), 0]),
  ),
  closesOn('[MQTT-1.5.3-2]', 'U+0000 in UNSUBSCRIBE', (names) =>
    unsubscribe(1, names.topic('a\u0000b')),
  ),
  turnsAway('[MQTT-1.5.3-2]', 'U+0000 in a client id', () => connect({ id: 'a\u0000b' }), [2]),
  turnsAway(
    '[MQTT-1.5.3-2]',
    'U+0000 in a will topic',
    (names) => connect({ id: names.id('a'), will: { topic: names.topic('\u0000'), payload: '' } }),
    [5],
  ),
  turnsAway(
    '[MQTT-1.5.3-2]',
    'U+0000 in a user name',
    (names) => connect({ id: names.id('a'), user: 'ad\u0000min' }),
    [4],
  ),
  policy(
    closesOn('[MQTT-1.5.3]', 'a control character in a topic', (names) =>
      publish(names.topic('a\u0007b'), 'x', { qos: 1 }),
    ),
  ),
  {
    id: '[MQTT-1.5.3-3]',
    what: 'U+FEFF is kept, and two topics with and without it are two',
    script: (names) => [
      ...signsIn('a', names),
      ...subscribes('a', [names.topic('\ufeffx'), 0]),
      ...says('a', names.topic('x'), 'without'),
      ...says('a', names.topic('\ufeffx'), 'with').slice(0, 1),
      {
        at: 'a',
        getsAnyOrder: ['puback 77', `publish q0 ${names.topic('\ufeffx')}=with`],
      },
    ],
  },
  {
    id: '[MQTT-1.5.3-1]',
    what: 'well-formed text of one to four bytes a character passes unchanged',
    script: (names) => [
      ...signsIn('a', names),
      ...subscribes('a', [names.topic('#'), 0]),
      send('a', publish(names.topic('aé€😀'), 'x')),
      gets('a', `publish q0 ${names.topic('aé€😀')}=x`),
    ],
  },
  {
    id: '[MQTT-1.5.3-1]',
    what: 'U+FFFD that was really sent is a character like any other',
    script: (names) => [
      ...signsIn('a', names),
      ...subscribes('a', [names.topic('#'), 0]),
      send('a', publish(names.topic('\ufffd'), 'x')),
      gets('a', `publish q0 ${names.topic('\ufffd')}=x`),
    ],
  },
];

const lengths: readonly Case[] = [
  closesOn('[MQTT-2.2.3]', 'a remaining length of five bytes', () =>
    Buffer.from([0x30, 0x80, 0x80, 0x80, 0x80, 0x01]),
  ),
  turnsAway('[MQTT-2.2.3]', 'a remaining length of five bytes before CONNECT', () =>
    Buffer.from([0x10, 0xff, 0xff, 0xff, 0xff, 0x7f]),
  ),
  {
    id: '[MQTT-2.2.3]',
    what: 'a remaining length of two bytes, sent a byte at a time',
    script: (names) => [
      ...signsIn('a', names),
      ...[...publish(names.topic(), 'x'.repeat(200), { qos: 1, id: 5 })].map((byte) =>
        send('a', Buffer.from([byte])),
      ),
      gets('a', 'puback 5'),
    ],
  },
  {
    id: '[MQTT-2.2.3]',
    what: 'a remaining length of three bytes',
    script: (names) => [...signsIn('a', names), ...says('a', names.topic(), 'x'.repeat(20_000))],
  },
  {
    id: '[MQTT-2.2.3]',
    what: 'a remaining length in more bytes than it needs is read all the same',
    policy: true,
    script: (names) => [
      ...signsIn('a', names),
      send('a', Buffer.from([0xc0, 0x80, 0x00])),
      gets('a', 'pingresp'),
    ],
  },
  closesOn('[MQTT-4.8.0-1]', 'a topic longer than its packet', (names) =>
    packet(0x30, field(names.topic(), 400)),
  ),
  closesOn('[MQTT-4.8.0-1]', 'a PUBLISH without room for its packet id', (names) =>
    Buffer.concat([packet(0x32, field(names.topic())), pingreq, pingreq]),
  ),
  closesOn('[MQTT-4.8.0-1]', 'an empty PUBLISH', () => packet(0x30)),
  closesOn('[MQTT-4.8.0-1]', 'a PUBACK of one byte', () => packet(0x40, [1])),
  closesOn('[MQTT-4.8.0-1]', 'a PUBREL with bytes behind its packet id', () =>
    packet(0x62, uint16(1), [0]),
  ),
  closesOn('[MQTT-4.8.0-1]', 'a PINGREQ with a body', () => packet(0xc0, [0])),
  closesOn('[MQTT-4.8.0-1]', 'a SUBSCRIBE that ends within a filter', (names) =>
    packet(0x82, uint16(1), field(names.topic(), 300)),
  ),
  closesOn('[MQTT-4.8.0-1]', 'a SUBSCRIBE without the QoS of its filter', (names) =>
    Buffer.concat([packet(0x82, uint16(1), field(names.topic())), pingreq]),
  ),
];

/** First bytes with flags that are reserved [MQTT-2.2.2-1], with a body that fits. */
const reservedFlags: readonly (readonly [string, number, (names: Names) => Buffer])[] = [
  ['PUBACK', 0x41, () => uint16(1)],
  ['PUBREC', 0x52, () => uint16(1)],
  ['PUBREL', 0x60, () => uint16(1)],
  ['PUBCOMP', 0x78, () => uint16(1)],
  ['PINGREQ', 0xc1, () => Buffer.alloc(0)],
];

const flags: readonly Case[] = [
  ...reservedFlags.map(([what, first, body]) =>
    closesOn('[MQTT-2.2.2-2]', `reserved flags in ${what}`, (names) => packet(first, body(names))),
  ),
  turnsAway('[MQTT-2.2.2-2]', 'reserved flags in CONNECT', (names) =>
    connect({ id: names.id('a'), first: 0x11 }),
  ),
  closesOn('[MQTT-3.6.1-1]', 'a PUBREL whose flags are not 2', () => packet(0x66, uint16(1))),
  closesOn('[MQTT-3.8.1-1]', 'a SUBSCRIBE whose flags are not 2', (names) =>
    packet(0x80, uint16(1), field(names.topic()), [0]),
  ),
  closesOn('[MQTT-3.10.1-1]', 'an UNSUBSCRIBE whose flags are not 2', (names) =>
    packet(0xa0, uint16(1), field(names.topic())),
  ),
  closesOn('[MQTT-3.14.1-1]', 'a DISCONNECT with reserved flags', () => packet(0xe2)),
  closesOn('[MQTT-3.14.1-1]', 'a DISCONNECT with a body', () => packet(0xe0, [0])),
  ...[0x00, 0xf0].map((first) =>
    closesOn('[MQTT-4.8.0-1]', `forbidden packet type ${first >> 4}`, () => packet(first)),
  ),
  ...(
    [
      ['CONNACK', packet(0x20, [0, 0])],
      ['SUBACK', packet(0x90, uint16(1), [0])],
      ['UNSUBACK', packet(0xb0, uint16(1))],
      ['PINGRESP', packet(0xd0)],
    ] as const
  ).map(([what, bytes]) =>
    closesOn('[MQTT-4.8.0-1]', `${what}, which only a server sends`, () => bytes),
  ),
];

const ids: readonly Case[] = [
  closesOn('[MQTT-2.3.1-1]', 'packet id 0 in a QoS 1 PUBLISH', (names) =>
    publish(names.topic(), 'x', { qos: 1, id: 0 }),
  ),
  closesOn('[MQTT-2.3.1-1]', 'packet id 0 in a QoS 2 PUBLISH', (names) =>
    publish(names.topic(), 'x', { qos: 2, id: 0 }),
  ),
  closesOn('[MQTT-2.3.1-1]', 'packet id 0 in SUBSCRIBE', (names) =>
    subscribe(0, [names.topic(), 0]),
  ),
  closesOn('[MQTT-2.3.1-1]', 'packet id 0 in UNSUBSCRIBE', (names) =>
    unsubscribe(0, names.topic()),
  ),
  {
    id: '[MQTT-2.3.1-6]',
    what: 'PUBACK carries the id of its PUBLISH, up to 65535',
    script: (names) => [
      ...signsIn('a', names),
      ...[1, 255, 256, 65_535].flatMap((id) => says('a', names.topic(), 'x', { id })),
    ],
  },
  {
    id: '[MQTT-2.3.1-7]',
    what: 'SUBACK and UNSUBACK carry the id of what they answer',
    script: (names) => [
      ...signsIn('a', names),
      send('a', subscribe(65_535, [names.topic(), 0])),
      gets('a', 'suback 65535: 0'),
      send('a', unsubscribe(4_660, names.topic())),
      gets('a', 'unsuback 4660'),
    ],
  },
  {
    id: '[MQTT-2.3.1-5]',
    what: 'no packet id in what is delivered at QoS 0',
    script: (names) => [
      ...signsIn('a', names),
      ...subscribes('a', [names.topic(), 0]),
      send('a', publish(names.topic(), 'x', { qos: 0 })),
      gets('a', `publish q0 ${names.topic()}=x`),
      ...hearsNothing('a'),
      send('a', disconnect),
      gets('a', 'closed'),
    ],
  },
];

export const framing: readonly Case[] = [...texts, ...lengths, ...flags, ...ids];
