import type { DeviceKey } from './ids.ts';
import { deviceKey, isId, reservedProviderIds } from './ids.ts';

/**
 * The topic grammar of the platform:
 *
 *     city/v1/<provider>/<device>/readings       device publishes
 *     city/v1/<provider>/<device>/status         device publishes, retained; also its will
 *     city/v1/<provider>/<device>/commands       device subscribes
 *     city/v1/<provider>/<device>/commands/ack   device publishes
 *     city/v1/live/<provider>/<device>           who may read that device subscribes
 */
export const topicPrefix = 'city/v1/';

export type TopicKind = 'readings' | 'status' | 'commands' | 'command-ack' | 'live';

export interface ParsedTopic {
  kind: TopicKind;
  device: DeviceKey;
}

export const readingsTopic = (key: DeviceKey): string => `${topicPrefix}${key}/readings`;
export const statusTopic = (key: DeviceKey): string => `${topicPrefix}${key}/status`;
export const commandsTopic = (key: DeviceKey): string => `${topicPrefix}${key}/commands`;
export const liveTopic = (key: DeviceKey): string => `${topicPrefix}live/${key}`;

/** Takes a concrete topic (no wildcards) apart; undefined when it is not one of ours. On the hot path: no arrays. */
export function parseTopic(topic: string): ParsedTopic | undefined {
  if (!topic.startsWith(topicPrefix)) return undefined;
  const isLive = topic.startsWith(livePrefix);
  const providerAt = isLive ? livePrefix.length : topicPrefix.length;
  const providerEnd = topic.indexOf('/', providerAt);
  if (providerEnd < 0) return undefined;
  const deviceEnd = topic.indexOf('/', providerEnd + 1);
  if (isLive && deviceEnd >= 0) return undefined;
  const kind = isLive
    ? 'live'
    : deviceEnd < 0
      ? undefined
      : kindOfRest.get(topic.slice(deviceEnd + 1));
  const device = topic.slice(providerEnd + 1, isLive ? undefined : deviceEnd);
  return kind && parsed(kind, topic.slice(providerAt, providerEnd), device);
}

const livePrefix = `${topicPrefix}live/`;

const kindOfRest: ReadonlyMap<string, TopicKind> = new Map([
  ['readings', 'readings'],
  ['status', 'status'],
  ['commands', 'commands'],
  ['commands/ack', 'command-ack'],
]);

function parsed(kind: TopicKind, provider: string, device: string): ParsedTopic | undefined {
  if (!isId(provider) || !isId(device) || reservedProviderIds.has(provider)) return undefined;
  return { kind, device: deviceKey(provider, device) };
}
