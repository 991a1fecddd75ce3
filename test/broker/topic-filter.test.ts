import { describe, expect, it } from 'vitest';
import { isTopicFilter, isTopicName, kindsHeardBy, matches } from '../../broker/topic-filter.ts';

describe('topic names and filters', () => {
  it.each(['', 'a+', '+', '#', 'a/#', 'a\u0000b', 'a\u0007', 'ä'.repeat(257)])(
    '%j is no topic name',
    (topic) => expect(isTopicName(topic)).toBe(false),
  );
  it.each(['a', '/', 'a b', 'ä', 'a\ufffdb', '$SYS/x'])('%j is a topic name', (topic) =>
    expect(isTopicName(topic)).toBe(true),
  );
  it.each(['', 'a+/b', 'a/b#', '#/a', 'a/#/b', '++', 'a\u0000'])('%j is no filter', (filter) =>
    expect(isTopicFilter(filter)).toBe(false),
  );
  it.each(['#', '+', '+/+', 'a/#', '/+', 'a/+/b'])('%j is a filter', (filter) =>
    expect(isTopicFilter(filter)).toBe(true),
  );

  it.each([
    ['#', 'a/b', true],
    ['a/#', 'a', true],
    ['a/#', 'a/b/c', true],
    ['a/+', 'a', false],
    ['a/+', 'a/', true],
    ['+/b', 'a/b', true],
    ['+', 'a/b', false],
    ['a', 'a/b', false],
    ['#', '$SYS/x', false],
    ['+/x', '$SYS/x', false],
    ['$SYS/#', '$SYS/x', true],
  ])('%j matches %j: %j', (filter, topic, expected) => {
    expect(matches(filter.split('/'), topic.split('/'))).toBe(expected);
  });

  it.each([
    ['#', ['readings', 'status', 'commands', 'command-ack', 'live']],
    ['city/v1/+/+/readings', ['readings', 'live']],
    ['city/v1/p/a/commands/#', ['commands', 'command-ack']],
    ['city/v1/live/p/a', ['live']],
    ['city/v1/live/#', ['readings', 'status', 'commands', 'command-ack', 'live']],
    ['city/v1/p/a/commands', ['commands']],
    ['elsewhere/#', []],
  ])('%j can hear %j', (filter, kinds) => expect(kindsHeardBy(filter)).toEqual(kinds));
});
