import { describe, expect, test } from 'vitest';
import type {
  DeviceDiagnostics,
  MessageTrace,
  Refusal,
} from '../../../../broker/contract/diagnostics.ts';
import {
  type Known,
  notesOf,
  refusedParts,
  verdictOf,
} from '../../../../dashboard/web/device/verdict.ts';

const now = 10_000_000;

const trace = (more: Partial<MessageTrace> = {}): MessageTrace => ({
  receivedAt: now - 12_000,
  topic: 'city/v1/ulm/a1/readings',
  payload: { encoding: 'text', data: '{}', bytes: 2, cut: false },
  accepted: [{ metric: 'pm10', at: now - 12_000, value: 1, flag: 1, reasons: 0 }],
  acceptedCount: 1,
  untimedCount: 0,
  rejections: [],
  rejectedCount: 0,
  kept: true,
  ...more,
});
const unknownMetric = { reason: 'unknown-metric', field: 'pm25', detail: 'x' } as const;
const refusal = (lastAt: number, more: Partial<Refusal> = {}): Refusal => ({
  reason: 'bad-credentials',
  user: 'ulm',
  address: '192.0.2.7',
  firstAt: lastAt,
  lastAt,
  count: 1,
  ...more,
});
const diagnostics = (more: Partial<DeviceDiagnostics> = {}): DeviceDiagnostics => ({
  device: 'ulm/a1',
  now,
  registered: true,
  unknown: [],
  messages: [],
  rejections: [],
  refusals: [],
  signal: {},
  ...more,
});
const known = (more: Partial<Known> = {}): Known => ({
  status: 'ok',
  seenAt: now - 12_000,
  now,
  expectedIntervalMs: 60_000,
  ...more,
});
const allRejected = trace({
  accepted: [],
  acceptedCount: 0,
  rejections: [unknownMetric],
  rejectedCount: 1,
});

const silentFor = { status: 'offline', seenAt: now - 900_000 } as const;
const table: [string, Known, object][] = [
  ['works', known(), { code: 'works', tone: 0, ageMs: 12_000, dueInMs: 48_000 }],
  [
    'works, and the next is a little late',
    known({ seenAt: now - 70_000 }),
    { code: 'works', ageMs: 70_000, dueInMs: -10_000 },
  ],
  [
    'works, although somebody was turned away before',
    known({ diagnostics: diagnostics({ refusals: [refusal(now - 60_000)], messages: [trace()] }) }),
    { code: 'works' },
  ],
  [
    'works, although somebody else of the provider is turned away now',
    known({ diagnostics: diagnostics({ refusals: [refusal(now)], messages: [trace()] }) }),
    { code: 'works' },
  ],
  [
    'arrives, but one of three readings is refused',
    known({
      diagnostics: diagnostics({
        messages: [trace({ acceptedCount: 2, rejections: [unknownMetric], rejectedCount: 1 })],
      }),
    }),
    {
      code: 'partly',
      tone: 1,
      rejected: 1,
      of: 3,
      parts: [{ reason: 'unknown-metric', count: 1, fields: ['pm25'] }],
    },
  ],
  [
    'arrives, but nothing is taken: that outweighs its silence',
    known({ ...silentFor, diagnostics: diagnostics({ messages: [allRejected] }) }),
    { code: 'all-rejected', tone: 2, ageMs: 12_000 },
  ],
  [
    'never taken anything of it',
    known({
      status: 'never',
      seenAt: undefined,
      diagnostics: diagnostics({ messages: [allRejected] }),
    }),
    { code: 'all-rejected' },
  ],
  [
    'the journal does not take it',
    known({ diagnostics: diagnostics({ messages: [trace({ kept: false })] }) }),
    { code: 'not-kept', tone: 2 },
  ],
  [
    'never heard, nobody tried',
    known({ status: 'never', seenAt: undefined, diagnostics: diagnostics() }),
    { code: 'never', tone: 1 },
  ],
  [
    'never heard: turned away at the door',
    known({
      status: 'never',
      seenAt: undefined,
      diagnostics: diagnostics({ refusals: [refusal(now - 180_000)] }),
    }),
    { code: 'refused', refusedMs: 180_000, heardMs: undefined, refusal: { user: 'ulm' } },
  ],
  [
    'silent since it is turned away; the newest refusal counts',
    known({
      ...silentFor,
      diagnostics: diagnostics({
        refusals: [refusal(now - 500_000, { reason: 'forbidden-publish' }), refusal(now - 100_000)],
      }),
    }),
    { code: 'refused', refusal: { reason: 'bad-credentials' }, heardMs: 900_000 },
  ],
  [
    'silent, and was turned away long before',
    known({ ...silentFor, diagnostics: diagnostics({ refusals: [refusal(now - 1_000_000)] }) }),
    { code: 'silent', missed: 15 },
  ],
  ['stale', known({ status: 'stale', seenAt: now - 180_000 }), { code: 'stale', missed: 3 }],
  ['silent, to the public', known(silentFor), { code: 'silent', tone: 2, ageMs: 900_000 }],
  [
    'said itself that it is offline, or its will did',
    known({
      ...silentFor,
      diagnostics: diagnostics({ reported: { online: false, at: now - 800_000 } }),
    }),
    { code: 'said-offline', ageMs: 800_000 },
  ],
  [
    'said so, but before its last message',
    known({
      ...silentFor,
      diagnostics: diagnostics({ reported: { online: false, at: now - 1_800_000 } }),
    }),
    { code: 'silent' },
  ],
  [
    'not registered',
    known({
      status: 'never',
      seenAt: undefined,
      diagnostics: diagnostics({ registered: false, messages: [allRejected] }),
    }),
    { code: 'unregistered', ageMs: 12_000 },
  ],
];

test.each(table)('%s', (_what, what, expected) => {
  expect(verdictOf(what)).toMatchObject(expected);
});

test('refused readings are told by rule, the most frequent first, each field once', () => {
  const range = (field: string) => ({ reason: 'out-of-range', field, detail: 'd' }) as const;
  const parts = refusedParts({
    rejections: [unknownMetric, range('pm10'), range('pm10'), range('no2')],
  });
  expect(parts).toEqual([
    { reason: 'out-of-range', count: 3, fields: ['pm10', 'no2'], detail: 'd' },
    { reason: 'unknown-metric', count: 1, fields: ['pm25'], detail: 'x' },
  ]);
});

describe('notes', () => {
  const codes = (more: Partial<DeviceDiagnostics>) =>
    notesOf({ diagnostics: diagnostics(more) }).map(({ code }) => code);
  test.each([
    ['a clock within reason', { clock: { behindMs: 3_000, messages: 3 } }, []],
    ['a clock that is ahead', { clock: { behindMs: -60_000, messages: 3 } }, ['clock-ahead']],
    ['a clock that is behind', { clock: { behindMs: 3_600_000, messages: 1 } }, ['clock-behind']],
    [
      'a doubted value',
      {
        messages: [
          trace({ accepted: [{ metric: 'pm10', at: now, value: 1, flag: 3, reasons: 1 }] }),
        ],
      },
      ['doubted'],
    ],
    ['what is not known here', { unknown: ['messages-elsewhere'] }, ['unknown']],
  ] as [string, Partial<DeviceDiagnostics>, string[]][])('%s', (_what, more, expected) => {
    expect(codes(more)).toEqual(expected);
  });

  test('the public has none', () => {
    expect(notesOf({})).toEqual([]);
  });
});
