import { describe, expect, it } from 'vitest';
import { type AccessRules, mayPublish, mayRead, maySubscribe } from '../../broker/authorize.ts';
import type { Account } from '../../broker/contract/access.ts';
import type { Device, Provider } from '../../broker/contract/device.ts';
import { deviceKey } from '../../broker/contract/ids.ts';
import { parseTopic } from '../../broker/contract/topics.ts';

const devices = ['p/own', 'p/public', 'q/foreign', 'q/public'];
const registry = {
  device(key: string): Device | undefined {
    if (!devices.includes(key)) return undefined;
    const [provider = '', id = ''] = key.split('/');
    return { provider, id, kind: 'air', createdAt: 1, public: id === 'public' };
  },
  provider(id: string): Provider | undefined {
    if (!['p', 'q', 'opened'].includes(id)) return undefined;
    return { id, name: id, createdAt: 1, open: id === 'opened' };
  },
};
const rules: AccessRules = { registry, enrolment: 'provider', publicRead: true };

const accounts = {
  device: { kind: 'device', device: deviceKey('p', 'own') },
  provider: { kind: 'provider', provider: 'p' },
  admin: { kind: 'admin' },
  operator: { kind: 'operator', name: 'olga' },
  anonymous: { kind: 'anonymous' },
} satisfies Record<string, Account>;
type Who = keyof typeof accounts;

/** Topic, and which accounts are allowed. */
type Row = [topic: string, ...allowed: Who[]];

function may(decide: (account: Account) => boolean): Who[] {
  return (Object.keys(accounts) as Who[]).filter((who) => decide(accounts[who]));
}

const publish = (topic: string, given: AccessRules) => (account: Account) =>
  mayPublish(account, { topic, parsed: parseTopic(topic) }, given);

describe('who may publish', () => {
  it.each<Row>([
    ['city/v1/p/own/readings', 'device', 'provider', 'admin'],
    ['city/v1/p/own/status', 'device', 'provider', 'admin'],
    ['city/v1/p/own/commands/ack', 'device', 'provider', 'admin'],
    ['city/v1/p/own/commands', 'admin'],
    ['city/v1/p/new/readings', 'provider', 'admin'],
    ['city/v1/p/public/readings', 'provider', 'admin'],
    ['city/v1/q/foreign/readings', 'admin'],
    ['city/v1/q/foreign/status', 'admin'],
    ['city/v1/q/foreign/commands/ack', 'admin'],
    ['city/v1/live/p/own', 'admin'],
    ['city/v1/live/q/foreign', 'admin'],
    ['city/v1/live/p/own/readings', 'admin'],
    ['city/v1/admin/own/readings', 'admin'],
    ['city/v1/p/own/readings/more', 'admin'],
    ['city/v2/p/own/readings'],
    ['$SYS/uptime'],
    ['$share/g/city/v1/p/own/readings'],
    ['elsewhere'],
    [''],
  ])('%s', (topic, ...allowed) => {
    expect(may(publish(topic, rules))).toEqual(allowed);
  });

  it.each<Row>([
    ['city/v1/p/own/readings', 'device', 'provider', 'admin'],
    ['city/v1/p/new/readings', 'admin'],
  ])('under ENROLMENT=closed %s', (topic, ...allowed) => {
    expect(may(publish(topic, { ...rules, enrolment: 'closed' }))).toEqual(allowed);
  });

  it.each<Row>([
    ['city/v1/p/own/readings', 'device', 'provider', 'admin'],
    ['city/v1/p/own/commands', 'admin'],
    ['city/v1/opened/x/readings', 'admin', 'anonymous'],
    ['city/v1/unheard-of/x/status', 'admin', 'anonymous'],
    ['city/v1/unheard-of/x/commands', 'admin'],
    ['city/v1/live/unheard-of/x', 'admin'],
  ])('under ENROLMENT=open %s', (topic, ...allowed) => {
    expect(may(publish(topic, { ...rules, enrolment: 'open' }))).toEqual(allowed);
  });
});

describe('who may subscribe', () => {
  it.each<Row>([
    ['city/v1/p/own/commands', 'device', 'provider', 'admin'],
    ['city/v1/p/+/commands', 'provider', 'admin'],
    ['city/v1/p/public/commands', 'provider', 'admin'],
    ['city/v1/q/foreign/commands', 'admin'],
    ['city/v1/+/own/commands', 'admin'],
    ['city/v1/p/own/#', 'admin'],
    ['city/v1/p/#', 'admin'],
    ['city/v1/p/own/commands/#', 'admin'],
    ['city/v1/p/own/commands/ack', 'admin'],
    ['city/v1/p/own/readings', 'admin'],
    ['city/v1/p/own/status', 'admin'],
    ['city/v1/live/p/own', 'device', 'provider', 'admin', 'operator'],
    ['city/v1/live/p/public', 'device', 'provider', 'admin', 'operator', 'anonymous'],
    ['city/v1/live/q/public', 'device', 'provider', 'admin', 'operator', 'anonymous'],
    ['city/v1/live/q/foreign', 'admin', 'operator'],
    ['city/v1/live/q/unknown', 'admin', 'operator'],
    ['city/v1/live/p/+', 'provider', 'admin'],
    ['city/v1/live/p/#', 'provider', 'admin'],
    ['city/v1/live/q/+', 'admin'],
    ['city/v1/live/+/own', 'admin'],
    ['city/v1/live/#', 'admin'],
    ['city/v1/#', 'admin'],
    ['#', 'admin'],
    ['+/v1/p/own/commands', 'admin'],
    ['$SYS/#'],
    ['$share/g/city/v1/live/p/own'],
    ['$queue/city/v1/live/p/own'],
  ])('%s', (filter, ...allowed) => {
    expect(may((account) => maySubscribe(account, filter, rules))).toEqual(allowed);
  });

  it('nothing is public when PUBLIC_READ is off', () => {
    const closed = { ...rules, publicRead: false };
    const allowed = may((account) => maySubscribe(account, 'city/v1/live/q/public', closed));
    expect(allowed).toEqual(['admin', 'operator']);
    expect(may((account) => mayRead(account, 'p/public', closed))).toEqual([
      'provider',
      'admin',
      'operator',
    ]);
  });
});
