import { z } from 'zod';

/**
 * The metric catalogue: one name and one unit for each quantity, everywhere.
 *
 * `min`/`max` are the widest values that hardware of this kind can truthfully report; a value outside
 * is rejected. `kind` says how values may be combined: a gauge is averaged, a state is held until the
 * next value (0/1, levels), a counter only grows except where it is reset.
 */
export type MetricKind = 'gauge' | 'state' | 'counter';

export const languages = ['de', 'en', 'ca', 'es'] as const;
export type Language = (typeof languages)[number];

export interface Metric {
  name: string;
  unit: string;
  label: Readonly<Record<Language, string>>;
  /** Digits after the point that are worth showing. */
  decimals: number;
  min: number;
  max: number;
  kind: MetricKind;
  /** Made by the platform of this metric; devices may not send it. */
  derivedFrom?: MetricName;
}

type Row = readonly [unit: string, decimals: number, min: number, max: number, kind: MetricKind];
type Labels = readonly [de: string, en: string, ca: string, es: string];

const pm = (size: string): Labels => [
  `Feinstaub PM${size}`,
  `Particulate matter PM${size}`,
  `Partícules PM${size}`,
  `Partículas PM${size}`,
];

const correctedPm = (size: string): Labels => [
  `Feinstaub PM${size}, korrigiert`,
  `Particulate matter PM${size}, corrected`,
  `Partícules PM${size}, corregides`,
  `Partículas PM${size}, corregidas`,
];

const microgram: Row = ['µg/m³', 1, 0, 2000, 'gauge'];
/** The widest that the corrections make of {@link microgram}: Barkjohn's line is below 0 in clean, humid air. */
const correctedMicrogram: Row = ['µg/m³', 1, -10, 3000, 'gauge'];
const decibel: Row = ['dB(A)', 1, 20, 140, 'gauge'];
const flag: Row = ['', 0, 0, 1, 'state'];

const rows = {
  pm1: [microgram, pm('1')],
  pm2_5: [microgram, pm('2.5')],
  pm4: [microgram, pm('4')],
  pm10: [microgram, pm('10')],
  pm2_5_corrected: [correctedMicrogram, correctedPm('2.5')],
  pm10_corrected: [correctedMicrogram, correctedPm('10')],
  no2: [
    // Electrochemical cells say down to -20 ppb (× 1.913) in clean air; cutting that off would bias means.
    ['µg/m³', 1, -40, 2000, 'gauge'],
    ['Stickstoffdioxid', 'Nitrogen dioxide', 'Diòxid de nitrogen', 'Dióxido de nitrógeno'],
  ],
  o3: [microgram, ['Ozon', 'Ozone', 'Ozó', 'Ozono']],
  so2: [microgram, ['Schwefeldioxid', 'Sulphur dioxide', 'Diòxid de sofre', 'Dióxido de azufre']],
  co: [
    ['mg/m³', 2, 0, 1000, 'gauge'],
    ['Kohlenmonoxid', 'Carbon monoxide', 'Monòxid de carboni', 'Monóxido de carbono'],
  ],
  co2: [
    ['ppm', 0, 300, 40_000, 'gauge'],
    ['Kohlendioxid', 'Carbon dioxide', 'Diòxid de carboni', 'Dióxido de carbono'],
  ],
  noise: [decibel, ['Lärm (LAeq)', 'Noise (LAeq)', 'Soroll (LAeq)', 'Ruido (LAeq)']],
  noise_min: [decibel, ['Lärm, Minimum', 'Noise, minimum', 'Soroll, mínim', 'Ruido, mínimo']],
  noise_max: [decibel, ['Lärm, Maximum', 'Noise, maximum', 'Soroll, màxim', 'Ruido, máximo']],
  temperature: [
    ['°C', 1, -40, 85, 'gauge'],
    ['Temperatur', 'Temperature', 'Temperatura', 'Temperatura'],
  ],
  relative_humidity: [
    ['%', 0, 0, 105, 'gauge'],
    ['Relative Feuchte', 'Relative humidity', 'Humitat relativa', 'Humedad relativa'],
  ],
  pressure: [
    ['hPa', 1, 300, 1100, 'gauge'],
    ['Luftdruck', 'Air pressure', 'Pressió atmosfèrica', 'Presión atmosférica'],
  ],
  pressure_sea_level: [
    ['hPa', 1, 850, 1100, 'gauge'],
    [
      'Luftdruck (Meereshöhe)',
      'Air pressure (sea level)',
      'Pressió (nivell del mar)',
      'Presión (nivel del mar)',
    ],
  ],
  illuminance: [
    ['lx', 0, 0, 200_000, 'gauge'],
    ['Beleuchtungsstärke', 'Illuminance', 'Il·luminància', 'Iluminancia'],
  ],
  lamp_on: [flag, ['Lampe an', 'Lamp on', 'Llum encès', 'Lámpara encendida']],
  lamp_fault: [flag, ['Lampe defekt', 'Lamp fault', 'Avaria del llum', 'Avería de la lámpara']],
  tilt: [flag, ['Gekippt', 'Tilted', 'Bolcat', 'Volcado']],
  dim_level: [
    ['%', 0, 0, 100, 'state'],
    ['Dimmstufe', 'Dim level', 'Nivell de regulació', 'Nivel de regulación'],
  ],
  power: [
    ['W', 1, -100_000, 100_000, 'state'],
    ['Leistung', 'Power', 'Potència', 'Potencia'],
  ],
  voltage: [
    ['V', 1, 0, 1000, 'gauge'],
    ['Spannung', 'Voltage', 'Tensió', 'Tensión'],
  ],
  current: [
    ['A', 2, 0, 1000, 'gauge'],
    ['Strom', 'Current', 'Corrent', 'Corriente'],
  ],
  power_factor: [
    ['', 2, -1, 1, 'gauge'],
    ['Leistungsfaktor', 'Power factor', 'Factor de potència', 'Factor de potencia'],
  ],
  energy: [
    ['kWh', 2, 0, 1e9, 'counter'],
    ['Energie', 'Energy', 'Energia', 'Energía'],
  ],
  operating_hours: [
    ['h', 0, 0, 1e6, 'counter'],
    ['Betriebsstunden', 'Operating hours', 'Hores de funcionament', 'Horas de funcionamiento'],
  ],
  fill_level: [
    ['%', 0, 0, 100, 'state'],
    ['Füllstand', 'Fill level', 'Nivell d’ompliment', 'Nivel de llenado'],
  ],
  distance: [
    ['mm', 0, 0, 20_000, 'gauge'],
    ['Abstand', 'Distance', 'Distància', 'Distancia'],
  ],
  battery_level: [
    ['%', 0, 0, 100, 'gauge'],
    ['Batterie', 'Battery', 'Bateria', 'Batería'],
  ],
  battery_voltage: [
    ['V', 2, 0, 60, 'gauge'],
    ['Batteriespannung', 'Battery voltage', 'Tensió de la bateria', 'Tensión de la batería'],
  ],
  rssi: [
    ['dBm', 0, -150, 20, 'gauge'],
    ['Signalstärke', 'Signal strength', 'Intensitat del senyal', 'Intensidad de la señal'],
  ],
  snr: [
    ['dB', 1, -40, 60, 'gauge'],
    [
      'Signal-Rausch-Abstand',
      'Signal-to-noise ratio',
      'Relació senyal-soroll',
      'Relación señal-ruido',
    ],
  ],
} as const satisfies Record<string, readonly [Row, Labels]>;

export type MetricName = keyof typeof rows;

const sources: ReadonlyMap<MetricName, MetricName> = new Map([
  ['pm2_5_corrected', 'pm2_5'],
  ['pm10_corrected', 'pm10'],
]);

export const metricNames = Object.keys(rows) as MetricName[];

export const MetricName = z.enum(metricNames as [MetricName, ...MetricName[]]);

/** Every metric by name. A Map, so that `constructor` or `__proto__` in a payload finds nothing. */
export const metrics: ReadonlyMap<string, Metric & { name: MetricName }> = new Map(
  metricNames.map((name) => {
    const [[unit, decimals, min, max, kind], [de, en, ca, es]] = rows[name];
    const metric = { name, unit, decimals, min, max, kind, label: { de, en, ca, es } };
    const derivedFrom = sources.get(name);
    return [name, derivedFrom ? { ...metric, derivedFrom } : metric];
  }),
);

/** The catalogue's entry of a name that the type system already knows. */
export function metricOf(name: MetricName): Metric & { name: MetricName } {
  const metric = metrics.get(name);
  if (!metric) throw new Error(`metric ${name} is not in the catalogue`);
  return metric;
}
