import { describe, expect, it } from 'vitest';
import { indexSchemes } from '../../../broker/contract/air.ts';
import {
  AlarmCondition,
  AlarmRule,
  type NewAlarmRule,
} from '../../../broker/contract/alarm-rules.ts';
import { DeviceDescription } from '../../../broker/contract/device.ts';
import { containerStates } from '../../../broker/contract/waste.ts';
import { tabsOf } from '../../../dashboard/web/admin/admin-tabs.ts';
import { deviceFields, partsOf } from '../../../dashboard/web/admin/device-fields.ts';
import { fromForm, patchOf, toForm } from '../../../dashboard/web/admin/fields.ts';
import { figuresText } from '../../../dashboard/web/admin/jobs-text.ts';
import { instantOf, localText } from '../../../dashboard/web/admin/maintenance-fields.ts';
import {
  allRuleFields,
  conditionFields,
  conditionTypes,
  newRule,
  ruleFields,
} from '../../../dashboard/web/admin/rule-fields.ts';
import { ruleSentence } from '../../../dashboard/web/admin/rule-text.ts';
import { targetFields } from '../../../dashboard/web/admin/target-fields.ts';
import { ApiFailure } from '../../../dashboard/web/state/api.ts';
import { fieldErrors } from '../../../dashboard/web/state/submission.svelte.ts';
import { wording } from './wording.ts';

describe('who administers what', () => {
  it.each([
    ['public', []],
    ['provider', ['devices']],
    ['operator', ['rules', 'maintenance', 'jobs']],
    [
      'admin',
      ['rules', 'maintenance', 'devices', 'providers', 'operators', 'targets', 'jobs', 'audit'],
    ],
  ] as const)('%s', (role, tabs) => expect(tabsOf(role)).toEqual(tabs));
});

describe('a form', () => {
  const lamp = {
    name: 'Am Markt',
    kind: 'light',
    public: true,
    location: { lat: 48.4, lon: 9.99 },
    intervalMs: 145_000,
    lamp: { nominalPowerW: 38, powerToleranceShare: 0.25, warmUpMs: 120_000 },
    correction: { method: 'koehler', kappa: 0.3 },
  };

  it('gives back what it was made of', () => {
    expect(fromForm(deviceFields, toForm(deviceFields, lamp))).toEqual(lamp);
  });

  it('asks in units that people use, and takes a comma', () => {
    const values = toForm(deviceFields, lamp);
    expect(values).toMatchObject({ intervalMs: '145', 'lamp.powerToleranceShare': '25' });
    expect(fromForm(deviceFields, { ...values, 'location.lat': ' 48,5 ' })).toMatchObject({
      location: { lat: 48.5, lon: 9.99 },
    });
  });

  it('takes away by null what was emptied, and a part as a whole', () => {
    const values = {
      ...toForm(deviceFields, lamp),
      name: ' ',
      'location.lat': '',
      'location.lon': '',
    };
    const patch = patchOf(deviceFields, values);
    expect(patch).toMatchObject({ name: null, location: null, container: null, kind: 'light' });
    expect(patch.lamp).toEqual(lamp.lamp);
  });

  it('sends on what is no number or no JSON, for the API to say so at the field', () => {
    const values = { ...toForm(deviceFields, lamp), intervalMs: 'soon', correction: '{' };
    expect(fromForm(deviceFields, values)).toMatchObject({ intervalMs: 'soon', correction: '{' });
  });

  it('asks for every part of a device that its owner may say', () => {
    const asked = new Set(deviceFields.map(({ path }) => path.split('.')[0]));
    expect(Object.keys(DeviceDescription.shape).filter((name) => !asked.has(name))).toEqual([]);
    for (const part of ['station', 'lamp', 'container'] as const) {
      const names = Object.keys(DeviceDescription.shape[part].unwrap().shape);
      expect(
        names.filter((name) => !deviceFields.some(({ path }) => path === `${part}.${name}`)),
      ).toEqual([]);
    }
  });

  it('opens what means something for the kind', () => {
    expect(partsOf('light')).toEqual(['lamp']);
    expect(partsOf('other')).toEqual([]);
  });
});

const conditions: Readonly<
  Record<string, [NewAlarmRule['condition'], string | undefined, string]>
> = {
  threshold: [
    { type: 'threshold', op: 'gt', value: 50, clearAt: 45 },
    'pm10',
    'PM10 is above 50.0 µg/m³ (over only at 45.0 µg/m³)',
  ],
  outside: [
    { type: 'outside', min: 0, max: 30 },
    'temperature',
    'is not between 0.0 °C and 30.0 °C',
  ],
  rate: [
    { type: 'rate', op: 'lt', perMinute: -2 },
    'temperature',
    'falls by more than 2.0 °C a minute, measured over 10 min',
  ],
  delta: [
    { type: 'delta', change: 20, unit: 'percent' },
    'noise',
    'changes by 20 % or more within 10 min',
  ],
  missing: [{ type: 'missing' }, undefined, 'no message comes for 3.6 intervals'],
  stuck: [{ type: 'stuck' }, undefined, 'any metric stays at one value for 3 h'],
  count: [
    { type: 'count', op: 'gte', value: 80, times: 3 },
    'noise',
    'at least 3 times within 1 h',
  ],
  quality: [{ type: 'quality', flag: 'bad' }, undefined, 'any metric is judged bad'],
  index: [{ type: 'index', level: 5 }, undefined, 'the air index EAQI-2024 shows level 5 or worse'],
  eu: [
    { type: 'eu', rules: 'EU-2024-2881', threshold: 'alert' },
    undefined,
    'the alert threshold of EU-2024-2881 is exceeded',
  ],
  lamp: [
    { type: 'lamp', states: ['failed', 'cycling'] },
    undefined,
    'the state is failed or cycling',
  ],
  container: [{ type: 'container', states: ['fire'] }, undefined, 'the state is fire'],
};

describe('a rule in one sentence', () => {
  const types = AlarmCondition.options.map(({ shape }) => shape.type.value);

  it('there is one for every kind of condition of the contract', () => {
    expect(Object.keys(conditions).sort()).toEqual([...types].sort());
    expect([...conditionTypes].sort()).toEqual([...types].sort());
  });

  it.each(Object.entries(conditions))('%s', (_type, [condition, metric, expected]) => {
    const rule = AlarmRule.parse({ id: 'a', name: 'A', priority: 'high', metric, condition });
    const said = ruleSentence(wording, rule)?.replaceAll('\u00a0', ' ');
    expect(said).toContain(expected);
    expect(said).toMatch(/^Alarm \(high\) for all devices when .+\.$/);
  });

  it('says for whom, how long, and when it is over', () => {
    const rule = AlarmRule.parse({
      id: 'a',
      name: 'A',
      metric: 'pm10',
      condition: { type: 'threshold', op: 'gte', value: 50 },
      scope: { kinds: ['air'], providers: ['ulm'], devices: ['ulm/a'] },
      forMs: 900_000,
      clearForMs: 600_000,
    });
    expect(ruleSentence(wording, rule)?.replaceAll('\u00a0', ' ')).toBe(
      'Alarm (low) for Air, of ulm, 1 certain device when Particulate matter PM10 is at least 50.0 µg/m³, for at least 15 min. Over when that has not been so for 10 min.',
    );
  });

  it('says nothing while it is not complete', () => {
    const condition = { type: 'threshold', op: 'gt' } as unknown as AlarmRule['condition'];
    expect(ruleSentence(wording, { priority: 'low', condition })).toBeUndefined();
    const typo = { ...condition, value: 'many' } as unknown as AlarmRule['condition'];
    expect(ruleSentence(wording, { priority: 'low', condition: typo })).toBeUndefined();
  });
});

describe('the editor of rules', () => {
  it.each(Object.entries(conditions))('asks for all of %s', (type, [condition, metric]) => {
    const rule = AlarmRule.parse({ id: 'a', name: 'A', metric, condition });
    const { notify: _notify, ...shown } = rule;
    const values = toForm(allRuleFields, { ...newRule, ...shown });
    const kind = conditionTypes.find((name) => name === type) ?? 'missing';
    const made = fromForm(ruleFields(kind), values);
    const sent = {
      id: 'a',
      metric,
      ...made,
      condition: { type, ...(made.condition as object | undefined) },
    };
    expect(AlarmRule.parse(sent)).toEqual(rule);
  });

  it('begins a new rule with a condition of each kind that only lacks figures', () => {
    const values = toForm(allRuleFields, newRule);
    const made = fromForm(ruleFields('stuck'), values);
    expect(AlarmCondition.parse({ type: 'stuck', ...(made.condition as object) })).toMatchObject({
      durationMs: 3 * 3_600_000,
    });
  });

  it('knows the schemes and states of the contract, which the page must not import', () => {
    const options = (type: keyof typeof conditionFields) => conditionFields[type][0]?.options;
    expect(options('index')).toEqual(indexSchemes);
    expect(containerStates).toEqual(expect.arrayContaining([...(options('container') ?? [])]));
  });

  it('has a label for everything that is asked for', () => {
    const labels: Readonly<Record<string, string>> = wording.messages.admin.fields;
    const specs = [
      ...allRuleFields,
      ...deviceFields,
      ...targetFields.webhook,
      ...targetFields.email,
    ];
    expect(specs.filter(({ path }) => !Object.hasOwn(labels, path))).toEqual([]);
  });
});

describe('what the API refuses', () => {
  it('is said at the fields that it lists', () => {
    const errors = [{ field: 'location.lat', message: 'too big, got 100' }];
    expect(fieldErrors(new ApiFailure('invalid-request', 400, 'no', errors))).toEqual({
      'location.lat': 'too big, got 100',
    });
  });

  it('is said at the field that its sentence begins with', () => {
    const failure = new ApiFailure('invalid-rule', 422, 'condition.clearAt: 60 must be below 50');
    expect(fieldErrors(failure)).toEqual({ 'condition.clearAt': '60 must be below 50' });
    expect(fieldErrors(new ApiFailure('exists', 409, 'It exists already'))).toEqual({});
  });
});

describe('times that are typed', () => {
  it('come back as they went, to the minute', () => {
    const at = Date.UTC(2026, 10, 30, 13, 45);
    expect(instantOf(localText(at))).toBe(at);
    expect(instantOf('')).toBeUndefined();
  });
});

describe('figures of a job', () => {
  it('are names and numbers', () => {
    expect(figuresText({ done: 1_200, share: 0.5 }, wording.formats)).toBe(
      'done 1,200 · share 0.50',
    );
  });
});
