import { disconnect, publish, subscribe } from '../packets.ts';
import type { Case } from '../script.ts';
import { gets, hearsNothing, says, send, signsIn, subscribes } from './shorthand.ts';

export const retained: readonly Case[] = [
  {
    id: '[MQTT-3.3.1-5]',
    what: 'a retained message is kept for later subscribers, and delivered with RETAIN 1',
    script: (names) => [
      ...signsIn('a', names),
      ...says('a', names.topic(), 'kept', { retain: true }),
      ...subscribes('a', [names.topic(), 1]),
      gets('a', `publish q1 retain ${names.topic()}=kept`),
    ],
  },
  {
    id: '[MQTT-3.3.1-6]',
    what: 'a new subscription gets the last retained message of each matching topic, and no older one',
    script: (names) => [
      ...signsIn('a', names),
      ...says('a', names.topic('x'), 'old', { retain: true }),
      ...says('a', names.topic('x'), 'new', { retain: true }),
      ...says('a', names.topic('y'), 'other', { retain: true }),
      ...subscribes('a', [names.topic('+'), 0]),
      {
        at: 'a',
        getsAnyOrder: [
          `publish q0 retain ${names.topic('x')}=new`,
          `publish q0 retain ${names.topic('y')}=other`,
        ],
      },
      ...hearsNothing('a'),
    ],
  },
  {
    id: '[MQTT-3.3.1-7]',
    what: 'a retained QoS 0 message replaces the former one',
    script: (names) => [
      ...signsIn('a', names),
      ...says('a', names.topic(), 'old', { retain: true }),
      ...says('a', names.topic(), 'new', { retain: true, qos: 0 }),
      ...hearsNothing('a'),
      ...subscribes('a', [names.topic(), 1]),
      gets('a', `publish q0 retain ${names.topic()}=new`),
    ],
  },
  {
    id: '[MQTT-3.3.1-8]',
    what: 'a new subscription gets a retained message with RETAIN 1 also through a wildcard',
    script: (names) => [
      ...signsIn('a', names),
      ...says('a', names.topic('x/y'), 'kept', { retain: true }),
      ...subscribes('a', [names.topic('#'), 1]),
      gets('a', `publish q1 retain ${names.topic('x/y')}=kept`),
    ],
  },
  {
    id: '[MQTT-3.3.1-9]',
    what: 'an established subscription gets it with RETAIN 0',
    script: (names) => [
      ...signsIn('a', names),
      ...signsIn('b', names),
      ...subscribes('a', [names.topic(), 1]),
      ...says('b', names.topic(), 'live', { retain: true }),
      gets('a', `publish q1 ${names.topic()}=live`),
    ],
  },
  {
    id: '[MQTT-3.3.1-10]',
    what: 'a retained message of zero bytes clears, and is delivered like any other',
    script: (names) => [
      ...signsIn('a', names),
      ...signsIn('b', names),
      ...says('b', names.topic(), 'kept', { retain: true }),
      ...subscribes('a', [names.topic(), 0]),
      gets('a', `publish q0 retain ${names.topic()}=kept`),
      ...says('b', names.topic(), '', { retain: true }),
      gets('a', `publish q0 ${names.topic()}=`),
      ...subscribes('b', [names.topic(), 0]),
      ...hearsNothing('b'),
    ],
  },
  {
    id: '[MQTT-3.3.1-11]',
    what: 'a retained message of zero bytes is not stored itself',
    script: (names) => [
      ...signsIn('a', names),
      ...says('a', names.topic(), '', { retain: true }),
      ...subscribes('a', [names.topic(), 1]),
      ...hearsNothing('a'),
    ],
  },
  {
    id: '[MQTT-3.3.1-12]',
    what: 'a message with RETAIN 0 neither is stored nor replaces what is',
    script: (names) => [
      ...signsIn('a', names),
      ...says('a', names.topic(), 'kept', { retain: true }),
      ...says('a', names.topic(), 'passing'),
      ...subscribes('a', [names.topic(), 0]),
      gets('a', `publish q0 retain ${names.topic()}=kept`),
      ...hearsNothing('a'),
    ],
  },
  {
    id: '[MQTT-3.3.1-6]',
    what: 'a retained PUBLISH with a SUBSCRIBE right behind it is delivered once, as retained',
    script: (names) => [
      ...signsIn('a', names),
      send(
        'a',
        publish(names.topic(), 'kept', { qos: 1, retain: true, id: 1 }),
        subscribe(2, [names.topic(), 0]),
      ),
      gets('a', 'puback 1', 'suback 2: 0', `publish q0 retain ${names.topic()}=kept`),
      ...hearsNothing('a'),
    ],
  },
  {
    id: '[MQTT-3.3.1-6]',
    what: 'the same at QoS 0',
    script: (names) => [
      ...signsIn('a', names),
      send('a', publish(names.topic(), 'kept', { retain: true }), subscribe(2, [names.topic(), 0])),
      gets('a', 'suback 2: 0', `publish q0 retain ${names.topic()}=kept`),
      ...hearsNothing('a'),
    ],
  },
  {
    id: '[MQTT-3.3.1-5]',
    what: 'retained messages outlive the session of whoever published them',
    script: (names) => [
      ...signsIn('b', names),
      ...says('b', names.topic(), 'kept', { retain: true }),
      send('b', disconnect),
      gets('b', 'closed'),
      ...signsIn('a', names),
      ...subscribes('a', [names.topic(), 0]),
      gets('a', `publish q0 retain ${names.topic()}=kept`),
    ],
  },
];
