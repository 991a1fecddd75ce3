import type { deRules } from '../de/rules.ts';

/** English: what the rules are called that came with the platform, what to do, and what happens if nobody does. */
export const enRules: typeof deRules = {
  'eu-2024-alert': {
    name: 'Alert threshold exceeded (EU 2024/2881)',
    response: 'Check the instrument, warn the public, start the short-term action plan.',
    consequence: 'Short exposure is a risk to the health of everybody.',
  },
  'eu-2024-information': {
    name: 'Information threshold exceeded (EU 2024/2881)',
    response: 'Check the instrument, inform the public and health services.',
    consequence: 'Short exposure is a risk to the health of sensitive people.',
  },
  'eu-2008-alert': {
    name: 'Alert threshold exceeded (EU 2008/50)',
    response: 'Check the instrument, warn the public, start the short-term action plan.',
    consequence: 'Short exposure is a risk to the health of everybody.',
  },
  'eu-2008-information': {
    name: 'Information threshold exceeded (EU 2008/50)',
    response: 'Check the instrument, inform the public and health services.',
    consequence: 'Short exposure is a risk to the health of sensitive people.',
  },
  'air-index': {
    name: 'Air quality very poor or worse',
    response: 'Compare with neighbours and weather; look for a source nearby.',
    consequence: 'People stay in bad air without knowing.',
  },
  'lamp-supply-loss': {
    name: 'Lamp without supply',
    response: 'Call the grid operator or send an electrician to the cabinet.',
    consequence: 'The street is dark; a cabinet without supply takes all its lamps along.',
  },
  'lamp-failed': {
    name: 'Lamp failed',
    response: 'Order a replacement with the next round.',
    consequence: 'A dark spot at night.',
  },
  'lamp-day-burner': {
    name: 'Lamp burns by day',
    response: 'Switch it off from here; check contactor and photocell.',
    consequence: 'Energy and lamp life are wasted.',
  },
  'lamp-dark-at-night': {
    name: 'Lamp dark at night',
    response: 'Check schedule and switching command; switch it on from here.',
    consequence: 'The street is dark though nothing is broken.',
  },
  'lamp-cycling': {
    name: 'Lamp keeps going on and off',
    response: 'Order a replacement with the next round.',
    consequence: 'It is about to fail, and disturbs people.',
  },
  'lamp-silent': {
    name: 'Lamp does not report',
    response: 'Check gateway and network of the cabinet.',
    consequence: 'Its failures are not seen.',
  },
  'bin-fire': {
    name: 'Fire in a container',
    response: 'Call the fire brigade.',
    consequence: 'The fire spreads to what stands beside it.',
  },
  'bin-overflow': {
    name: 'Container overflows',
    response: 'Send a vehicle out of turn.',
    consequence: 'Waste lies in the street.',
  },
  'bin-dropped': {
    name: 'Container lies on its side',
    response: 'Have it put upright.',
    consequence: 'It is in the way, and its level is not known.',
  },
  'bin-urgent': {
    name: 'Container nearly full',
    response: 'Put it on the next tour.',
    consequence: 'It overflows before its turn.',
  },
  'bin-due': {
    name: 'Container due for collection',
    response: 'Plan it into a tour.',
    consequence: 'It is full a few days later.',
  },
  'bin-silent': {
    name: 'Container does not report',
    response: 'Check battery and network; look at it with the next tour.',
    consequence: 'Its level, and a fire, are not seen.',
  },
  'sensor-silent': {
    name: 'Sensor does not report',
    response: 'Check supply and network; ask its owner.',
    consequence: 'Hours are lost to statistics: 45 minutes make an hour.',
  },
  'sensor-bad-values': {
    name: 'Sensor reports what cannot be',
    response: 'Look at the reasons of its values; clean or replace the sensor.',
    consequence: 'Its values do not count.',
  },
  'battery-low': {
    name: 'Battery low',
    response: 'Change or charge the battery with the next visit.',
    consequence: 'It falls silent.',
  },
  'stuck-particles': {
    name: 'Particle sensor stuck at one value',
    response: 'Restart or replace the sensor.',
    consequence: 'Its values look right and are not.',
  },
  'stuck-noise': {
    name: 'Noise sensor stuck at one value',
    response: 'Restart or replace the sensor.',
    consequence: 'Its values look right and are not.',
  },
  'stuck-temperature': {
    name: 'Thermometer stuck at one value',
    response: 'Restart or replace the sensor.',
    consequence: 'Its values look right and are not.',
  },
};
