import type { Account, Enrolment } from './contract/access.ts';
import { type DeviceKey, deviceKey, isId, providerOf } from './contract/ids.ts';
import type { Registry } from './contract/registry.ts';
import {
  commandsTopic,
  type ParsedTopic,
  parseTopic,
  type TopicKind,
  topicPrefix,
} from './contract/topics.ts';

/** What the decisions below depend on beside account and topic. */
export interface AccessRules {
  registry: Pick<Registry, 'device' | 'provider'>;
  enrolment: Enrolment;
  /** False: no device is public. */
  publicRead: boolean;
}

/** A topic of a publish and what it parsed to; `parsed` is undefined for a topic that is not ours. */
export interface PublishTarget {
  topic: string;
  parsed: ParsedTopic | undefined;
}

/**
 * Whether an account may publish to a topic. Live topics are the platform's own: only its services
 * publish there, which sign in as `admin` when they run apart.
 */
export function mayPublish(
  account: Account,
  { topic, parsed }: PublishTarget,
  rules: AccessRules,
): boolean {
  if (account.kind === 'admin') return topic.startsWith(topicPrefix);
  if (!parsed || !kindsOfDevices.has(parsed.kind)) return false;
  return maySpeakFor(account, parsed.device, rules);
}

/** What devices publish; `commands` go the other way. */
const kindsOfDevices: ReadonlySet<TopicKind> = new Set(['readings', 'status', 'command-ack']);

function maySpeakFor(account: Account, device: DeviceKey, rules: AccessRules): boolean {
  switch (account.kind) {
    case 'device':
      return account.device === device;
    case 'provider':
      return account.provider === providerOf(device) && mayBringIn(device, rules);
    case 'anonymous':
      return rules.enrolment === 'open' && isOpen(providerOf(device), rules);
    default:
      return false;
  }
}

function mayBringIn(device: DeviceKey, rules: AccessRules): boolean {
  return rules.enrolment !== 'closed' || rules.registry.device(device) !== undefined;
}

/** Whether an account is the device itself, or the gateway of its provider, which speaks for many. */
export function isVoiceOf(account: Account, device: DeviceKey): boolean {
  if (account.kind === 'device') return account.device === device;
  return account.kind === 'provider' && account.provider === providerOf(device);
}

/** A provider that came without a token, or is yet to come. */
function isOpen(provider: string, rules: AccessRules): boolean {
  return rules.registry.provider(provider)?.open ?? true;
}

/** Whether an account may read what a device measures. */
export function mayRead(account: Account, device: DeviceKey, rules: AccessRules): boolean {
  if (account.kind === 'admin' || account.kind === 'operator') return true;
  if (account.kind === 'device' && account.device === device) return true;
  if (account.kind === 'provider' && account.provider === providerOf(device)) return true;
  return rules.publicRead && rules.registry.device(device)?.public === true;
}

/**
 * Whether an account may subscribe to a filter. A filter with wildcards is allowed only when every
 * topic that it can match is: there is no filtering of what a wildcard may bring in later.
 */
export function maySubscribe(account: Account, filter: string, rules: AccessRules): boolean {
  // Topics that begin with $ are the broker's own and shared subscriptions do not exist here.
  if (filter.startsWith('$')) return false;
  if (account.kind === 'admin') return true;
  if (account.kind === 'provider' && isOwnOfProvider(filter, account.provider)) return true;
  if (account.kind === 'device' && filter === commandsTopic(account.device)) return true;
  const parsed = parseTopic(filter);
  return parsed?.kind === 'live' && mayRead(account, parsed.device, rules);
}

/** `city/v1/<own>/<device or +>/commands` and `city/v1/live/<own>/<device or + or #>`. */
function isOwnOfProvider(filter: string, provider: string): boolean {
  if (!filter.startsWith(topicPrefix)) return false;
  const [first, second, third, ...rest] = filter.slice(topicPrefix.length).split('/');
  if (rest.length > 0 || second === undefined || third === undefined) return false;
  if (first === 'live') return second === provider && (third === '#' || isIdOrPlus(third));
  return first === provider && isIdOrPlus(second) && third === 'commands';
}

function isIdOrPlus(level: string): boolean {
  return level === '+' || isId(level);
}

/** The device that a live topic is about, when the text is one; used on every delivery. */
export function liveDeviceOf(topic: string): DeviceKey | undefined {
  if (!topic.startsWith(livePrefix)) return undefined;
  const [provider, device] = topic.slice(livePrefix.length).split('/');
  return provider !== undefined && device !== undefined ? deviceKey(provider, device) : undefined;
}

const livePrefix = `${topicPrefix}live/`;
