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
export const commandAckTopic = (key: DeviceKey): string => `${topicPrefix}${key}/commands/ack`;
export const liveTopic = (key: DeviceKey): string => `${topicPrefix}live/${key}`;

/** Takes a concrete topic (no wildcards) apart; undefined when it is not one of ours. */
export function parseTopic(topic: string): ParsedTopic | undefined {
  if (!topic.startsWith(topicPrefix)) return undefined;
  const levels = topic.slice(topicPrefix.length).split('/');
  if (levels[0] === 'live') {
    const [, provider, device] = levels;
    return levels.length === 3 ? parsed('live', provider, device) : undefined;
  }
  const [provider, device, ...rest] = levels;
  const kind = kindOfRest.get(rest.join('/'));
  return kind ? parsed(kind, provider, device) : undefined;
}

const kindOfRest: ReadonlyMap<string, TopicKind> = new Map([
  ['readings', 'readings'],
  ['status', 'status'],
  ['commands', 'commands'],
  ['commands/ack', 'command-ack'],
]);

function parsed(
  kind: TopicKind,
  provider: string | undefined,
  device: string | undefined,
): ParsedTopic | undefined {
  if (provider === undefined || device === undefined) return undefined;
  if (!isId(provider) || !isId(device) || reservedProviderIds.has(provider)) return undefined;
  return { kind, device: deviceKey(provider, device) };
}
