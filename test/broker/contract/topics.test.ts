import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deviceKey, reservedProviderIds } from '../../../broker/contract/ids.ts';
import {
  commandsTopic,
  liveTopic,
  parseTopic,
  readingsTopic,
  statusTopic,
} from '../../../broker/contract/topics.ts';

const id = fc.stringMatching(/^[A-Za-z0-9_-]{1,64}$/);
const provider = id.filter((text) => !reservedProviderIds.has(text));

describe('a topic', () => {
  it('that was built is taken apart again, whatever the ids', () => {
    fc.assert(
      fc.property(provider, id, (providerId, deviceId) => {
        const device = deviceKey(providerId, deviceId);
        expect(parseTopic(readingsTopic(device))).toEqual({ kind: 'readings', device });
        expect(parseTopic(statusTopic(device))).toEqual({ kind: 'status', device });
        expect(parseTopic(commandsTopic(device))).toEqual({ kind: 'commands', device });
        expect(parseTopic(`${commandsTopic(device)}/ack`)).toEqual({ kind: 'command-ack', device });
        expect(parseTopic(liveTopic(device))).toEqual({ kind: 'live', device });
      }),
      { seed: 20261122 },
    );
  });

  it('of another grammar is none of ours, and never throws', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 80 }), (text) => {
        const parsed = parseTopic(`city/v1/${text}`);
        if (!parsed) return;
        const rebuilt = {
          readings: readingsTopic(parsed.device),
          status: statusTopic(parsed.device),
          commands: commandsTopic(parsed.device),
          'command-ack': `${commandsTopic(parsed.device)}/ack`,
          live: liveTopic(parsed.device),
        };
        expect(rebuilt[parsed.kind]).toBe(`city/v1/${text}`);
      }),
      { seed: 20261122 },
    );
  });

  it.each([
    '',
    'city/v1',
    'city/v1/',
    'city/v1/p',
    'city/v1/p/d',
    'city/v1/p/d/',
    'city/v1/p//readings',
    'city/v1//d/readings',
    'city/v1/p/d/readings/',
    'city/v1/p/d/Readings',
    'city/v1/p/d/readings/more',
    'city/v1/p/+/readings',
    'city/v1/p/d é/readings',
    'city/v1/live/p',
    'city/v1/live/p/d/readings',
    'city/v1/live/d/readings/more',
    'city/v1/admin/d/readings',
    'city/v2/p/d/readings',
    '/city/v1/p/d/readings',
    'xcity/v1/p/d/readings',
    `city/v1/${'p'.repeat(65)}/d/readings`,
  ])('%s is none', (topic) => {
    expect(parseTopic(topic)).toBeUndefined();
  });
});
