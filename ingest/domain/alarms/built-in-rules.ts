import { AlarmRule, type NewAlarmRule } from '../../../broker/contract/alarm-rules.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

const air: NewAlarmRule[] = [
  {
    id: 'eu-2024-alert',
    name: 'Alert threshold exceeded (EU 2024/2881)',
    priority: 'high',
    condition: { type: 'eu', rules: 'EU-2024-2881', threshold: 'alert' },
    scope: { kinds: ['air'] },
    grouping: 'none',
    consequence: 'Short exposure is a risk to the health of everybody.',
    response: 'Check the instrument, warn the public, start the short-term action plan.',
    timeAllowedMs: hourMs,
  },
  {
    id: 'eu-2024-information',
    name: 'Information threshold exceeded (EU 2024/2881)',
    priority: 'medium',
    condition: { type: 'eu', rules: 'EU-2024-2881', threshold: 'information' },
    scope: { kinds: ['air'] },
    grouping: 'none',
    consequence: 'Short exposure is a risk to the health of sensitive people.',
    response: 'Check the instrument, inform the public and health services.',
    timeAllowedMs: 2 * hourMs,
  },
  {
    id: 'eu-2008-alert',
    name: 'Alert threshold exceeded (EU 2008/50)',
    enabled: false,
    priority: 'high',
    condition: { type: 'eu', rules: 'EU-2008-50', threshold: 'alert' },
    scope: { kinds: ['air'] },
    grouping: 'none',
    consequence: 'Short exposure is a risk to the health of everybody.',
    response: 'Check the instrument, warn the public, start the short-term action plan.',
    timeAllowedMs: hourMs,
  },
  {
    id: 'eu-2008-information',
    name: 'Information threshold exceeded (EU 2008/50)',
    enabled: false,
    priority: 'medium',
    condition: { type: 'eu', rules: 'EU-2008-50', threshold: 'information' },
    scope: { kinds: ['air'] },
    grouping: 'none',
    consequence: 'Short exposure is a risk to the health of sensitive people.',
    response: 'Check the instrument, inform the public and health services.',
    timeAllowedMs: 2 * hourMs,
  },
  {
    id: 'air-index',
    name: 'Air quality very poor or worse',
    priority: 'medium',
    condition: { type: 'index', scheme: 'EAQI-2024', level: 5 },
    scope: { kinds: ['air'] },
    consequence: 'People stay in bad air without knowing.',
    response: 'Compare with neighbours and weather; look for a source nearby.',
    timeAllowedMs: 2 * hourMs,
  },
];

/** The states of lamps are confirmed already (`domain/light`: 300 s). */
const lamps: NewAlarmRule[] = [
  {
    id: 'lamp-supply-loss',
    name: 'Lamp without supply',
    priority: 'high',
    condition: { type: 'lamp', states: ['supply-loss'] },
    scope: { kinds: ['light'] },
    consequence: 'The street is dark; a cabinet without supply takes all its lamps along.',
    response: 'Call the grid operator or send an electrician to the cabinet.',
    timeAllowedMs: 2 * hourMs,
  },
  {
    id: 'lamp-failed',
    name: 'Lamp failed',
    condition: { type: 'lamp', states: ['failed'] },
    scope: { kinds: ['light'] },
    consequence: 'A dark spot at night.',
    response: 'Order a replacement with the next round.',
    timeAllowedMs: 3 * dayMs,
  },
  {
    id: 'lamp-day-burner',
    name: 'Lamp burns by day',
    condition: { type: 'lamp', states: ['day-burner', 'unexpected-on'] },
    scope: { kinds: ['light'] },
    forMs: 30 * minuteMs,
    clearForMs: 10 * minuteMs,
    consequence: 'Energy and lamp life are wasted.',
    response: 'Switch it off from here; check contactor and photocell.',
    timeAllowedMs: dayMs,
  },
  {
    id: 'lamp-dark-at-night',
    name: 'Lamp dark at night',
    priority: 'medium',
    condition: { type: 'lamp', states: ['dark-at-night'] },
    scope: { kinds: ['light'] },
    forMs: 10 * minuteMs,
    clearForMs: 5 * minuteMs,
    consequence: 'The street is dark though nothing is broken.',
    response: 'Check schedule and switching command; switch it on from here.',
    timeAllowedMs: hourMs,
  },
  {
    id: 'lamp-cycling',
    name: 'Lamp keeps going on and off',
    condition: { type: 'lamp', states: ['cycling'] },
    scope: { kinds: ['light'] },
    clearForMs: hourMs,
    consequence: 'It is about to fail, and disturbs people.',
    response: 'Order a replacement with the next round.',
    timeAllowedMs: 7 * dayMs,
  },
  {
    id: 'lamp-silent',
    name: 'Lamp does not report',
    condition: { type: 'missing' },
    scope: { kinds: ['light'] },
    consequence: 'Its failures are not seen.',
    response: 'Check gateway and network of the cabinet.',
    timeAllowedMs: dayMs,
  },
];

const bins: NewAlarmRule[] = [
  {
    id: 'bin-fire',
    name: 'Fire in a container',
    priority: 'critical',
    condition: { type: 'container', states: ['fire'] },
    scope: { kinds: ['waste'] },
    grouping: 'none',
    consequence: 'The fire spreads to what stands beside it.',
    response: 'Call the fire brigade.',
    timeAllowedMs: 5 * minuteMs,
  },
  {
    id: 'bin-overflow',
    name: 'Container overflows',
    priority: 'medium',
    condition: { type: 'container', states: ['overflow'] },
    scope: { kinds: ['waste'] },
    forMs: minuteMs,
    grouping: 'none',
    consequence: 'Waste lies in the street.',
    response: 'Send a vehicle out of turn.',
    timeAllowedMs: 12 * hourMs,
  },
  {
    id: 'bin-dropped',
    name: 'Container lies on its side',
    priority: 'medium',
    condition: { type: 'container', states: ['dropped'] },
    scope: { kinds: ['waste'] },
    grouping: 'none',
    consequence: 'It is in the way, and its level is not known.',
    response: 'Have it put upright.',
    timeAllowedMs: 4 * hourMs,
  },
  {
    id: 'bin-urgent',
    name: 'Container nearly full',
    condition: { type: 'container', states: ['urgent'] },
    scope: { kinds: ['waste'] },
    forMs: minuteMs,
    grouping: 'none',
    consequence: 'It overflows before its turn.',
    response: 'Put it on the next tour.',
    timeAllowedMs: dayMs,
  },
  {
    // Being due is the normal course of things: the collection list shows it.
    id: 'bin-due',
    name: 'Container due for collection',
    enabled: false,
    condition: { type: 'container', states: ['due', 'late'] },
    scope: { kinds: ['waste'] },
    forMs: minuteMs,
    grouping: 'none',
    consequence: 'It is full a few days later.',
    response: 'Plan it into a tour.',
    timeAllowedMs: 3 * dayMs,
  },
  {
    id: 'bin-silent',
    name: 'Container does not report',
    condition: { type: 'missing' },
    scope: { kinds: ['waste'] },
    consequence: 'Its level, and a fire, are not seen.',
    response: 'Check battery and network; look at it with the next tour.',
    timeAllowedMs: 3 * dayMs,
  },
];

const sensors: NewAlarmRule[] = [
  {
    id: 'sensor-silent',
    name: 'Sensor does not report',
    condition: { type: 'missing' },
    scope: { kinds: ['air', 'noise', 'weather'] },
    consequence: 'Hours are lost to statistics: 45 minutes make an hour.',
    response: 'Check supply and network; ask its owner.',
    timeAllowedMs: dayMs,
  },
  {
    id: 'sensor-bad-values',
    name: 'Sensor reports what cannot be',
    condition: { type: 'quality', flag: 'bad' },
    scope: { kinds: ['air', 'noise', 'weather'] },
    forMs: 30 * minuteMs,
    clearForMs: 30 * minuteMs,
    consequence: 'Its values do not count.',
    response: 'Look at the reasons of its values; clean or replace the sensor.',
    timeAllowedMs: 3 * dayMs,
  },
  {
    id: 'battery-low',
    name: 'Battery low',
    metric: 'battery_level',
    condition: { type: 'threshold', op: 'lt', value: 20, clearAt: 30 },
    forMs: hourMs,
    consequence: 'It falls silent.',
    response: 'Change or charge the battery with the next visit.',
    timeAllowedMs: 7 * dayMs,
  },
  ...(
    [
      ['particles', 'Particle sensor', 'pm2_5', 6 * hourMs],
      ['noise', 'Noise sensor', 'noise', 3 * hourMs],
      ['temperature', 'Thermometer', 'temperature', 12 * hourMs],
    ] as const
  ).map(
    ([what, name, metric, durationMs]): NewAlarmRule => ({
      id: `stuck-${what}`,
      name: `${name} stuck at one value`,
      metric,
      condition: { type: 'stuck', durationMs },
      scope: { kinds: ['air', 'noise', 'weather'] },
      grouping: 'none',
      consequence: 'Its values look right and are not.',
      response: 'Restart or replace the sensor.',
      timeAllowedMs: 7 * dayMs,
    }),
  ),
];

/**
 * What a city begins with. Each asks somebody to do something (ISA-18.2); most are low, so that the few others
 * are seen. They may be changed and switched off, not removed.
 */
export const builtInRules: readonly AlarmRule[] = [...air, ...lamps, ...bins, ...sensors].map(
  (rule) => AlarmRule.parse(rule),
);
