import { plantowerPattern } from '../../../broker/contract/correction.ts';
import type { MetricName } from '../../../broker/contract/metrics.ts';
import type { QualityThresholds } from '../../../broker/contract/quality-rules.ts';

export type Thresholds = Readonly<Partial<QualityThresholds>>;

type ThresholdsByMetric = Readonly<Partial<Record<MetricName, Thresholds>>>;

/** What is known of a sensor model, told by its name in a device's `model`; a device may name several. */
export interface SensorModel {
  name: string;
  pattern: RegExp;
  metrics: ThresholdsByMetric;
}

const hourMs = 3_600_000;
/** µg/m³ of NO2 per ppb at 293 K and 101.3 kPa (46.01 g/mol by 24.05 l/mol; 39. BImSchV, Anlage 6 C). */
const no2PerPpb = 1.913;

/**
 * Particles. Sources: range of the catalogue; usual and flat line from co-located sensors; spike and step are
 * proposals of ours (no published numbers); outlier: Hampel with a floor of 2; noise: 33 % in the hour, as used for
 * the World Air Quality Index; neighbours: 3 sigma or 50 % or 5, as there.
 */
const particles: Thresholds = {
  range: [0, 2000],
  usual: [0, 500],
  stepPerMinute: 100,
  spike: 50,
  spikeFail: 200,
  flatTolerance: 0.05,
  flatAbove: 2,
  flatSuspectMs: hourMs,
  flatFailMs: 3 * hourMs,
  // Optical sensors over-read from about 70 % (Crilley 2018). Stations that dry the air are exempt by their method.
  humidityMax: 70,
  outlierFloor: 2,
  noiseMax: 0.33,
  neighbourFloor: 5,
};

/** Of corrected particles the tests at arrival are those of their source; humidity is what they are corrected for. */
const correctedParticles: Thresholds = {
  spike: 50,
  spikeFail: 200,
  flatTolerance: 0.05,
  flatAbove: 2,
  flatSuspectMs: hourMs,
  flatFailMs: 3 * hourMs,
  outlierFloor: 2,
  noiseMax: 0.33,
  neighbourFloor: 5,
};

/** Beyond the suspect step, twice of it is bad: a proposal of ours; for particles steps are only ever suspect. */
const failFactor = 2;
const step = (perMinute: number): Thresholds => ({
  stepPerMinute: perMinute,
  stepFailPerMinute: failFactor * perMinute,
});

const opticalParticles = (rangeMax: number): Thresholds => ({ range: [0, rangeMax] });

/** SDS011 data sheet V1.3: 0.0-999.9 µg/m³; its specification ends at 70 % relative humidity. */
const sds011: SensorModel = {
  name: 'SDS011',
  pattern: /sds\s?0?11/i,
  metrics: {
    pm2_5: { ...opticalParticles(999.9), humidityMax: 70 },
    pm10: { ...opticalParticles(999.9), humidityMax: 70 },
  },
};

/** Plantower PMS5003 and PMS7003 manuals: maximum range 0-1000 µg/m³, effective 0-500. */
const plantower: SensorModel = {
  name: 'PMS5003/PMS7003',
  pattern: plantowerPattern,
  metrics: {
    pm1: opticalParticles(1000),
    pm2_5: opticalParticles(1000),
    pm10: opticalParticles(1000),
  },
};

/** Sensirion SPS30 data sheet: 0-1000 µg/m³. */
const sps30: SensorModel = {
  name: 'SPS30',
  pattern: /sps\s?30/i,
  metrics: {
    pm1: opticalParticles(1000),
    pm2_5: opticalParticles(1000),
    pm4: opticalParticles(1000),
    pm10: opticalParticles(1000),
  },
};

/** Aosong AM2302 data sheet: -40..80 °C, 0..100 %. */
const dht22: SensorModel = {
  name: 'DHT22',
  pattern: /dht\s?22|am2302/i,
  metrics: { temperature: { range: [-40, 80] }, relative_humidity: { range: [0, 100] } },
};

/** Bosch BME280 data sheet: -40..85 °C, 0..100 %, 300..1100 hPa. */
const bme280: SensorModel = {
  name: 'BME280',
  pattern: /bme\s?280/i,
  metrics: {
    temperature: { range: [-40, 85] },
    relative_humidity: { range: [0, 100] },
    pressure: { range: [300, 1100] },
  },
};

/** Winsen MH-Z19B manual: 400..5000 ppm (a variant to 2000). */
const mhz19: SensorModel = {
  name: 'MH-Z19B',
  pattern: /mh-?z\s?19/i,
  metrics: { co2: { range: [400, 5000] } },
};

/** Sensirion SCD30 data sheet: specified for 400..10,000 ppm (its output goes to 40,000). */
const scd30: SensorModel = {
  name: 'SCD30',
  pattern: /scd\s?30/i,
  metrics: { co2: { range: [400, 10_000] } },
};

/** Alphasense NO2-B43F and its like: -20..20,000 ppb; small negative values are normal. */
const no2Cell: SensorModel = {
  name: 'NO2 electrochemical',
  pattern: /no2-?[ab]4|b43f|electrochem|elektrochem/i,
  metrics: {
    no2: {
      range: [-20 * no2PerPpb, 20_000 * no2PerPpb],
      usual: [-20 * no2PerPpb, 300 * no2PerPpb],
    },
  },
};

/**
 * The rules by which samples are judged. What of it changes gets a new version: exports name the version, and two
 * series are comparable only when it is the same. Where no source is named the number is a convention of ours.
 */
export const qualityRuleSet = {
  version: 'SP-QC-2026.1',
  defaults: {
    pm1: particles,
    pm2_5: particles,
    pm4: particles,
    pm10: particles,
    pm2_5_corrected: correctedParticles,
    pm10_corrected: correctedParticles,
    no2: { range: [-40, 2000], usual: [-20 * no2PerPpb, 300 * no2PerPpb] },
    o3: { range: [0, 2000] },
    so2: { range: [0, 2000] },
    co: { range: [0, 1000] },
    co2: { range: [300, 40_000], usual: [380, 2000] },
    noise: { range: [20, 140] },
    noise_min: { range: [20, 140] },
    noise_max: { range: [20, 140] },
    temperature: {
      range: [-40, 85],
      usual: [-30, 50],
      ...step(5),
      flatTolerance: 0.01,
      flatSuspectMs: hourMs,
      flatFailMs: 3 * hourMs,
    },
    // The catalogue's range: some sensors say up to 105 % in fog. Models whose data sheet ends at 100 are stricter.
    relative_humidity: { range: [0, 105], ...step(20) },
    pressure: { range: [300, 1100], usual: [870, 1085], ...step(2) },
    pressure_sea_level: { range: [850, 1100], usual: [870, 1085], ...step(2) },
  } satisfies ThresholdsByMetric as ThresholdsByMetric,
  /** In the order in which they are laid over each other where a device has several. */
  models: [
    sds011,
    plantower,
    sps30,
    dht22,
    bme280,
    mhz19,
    scd30,
    no2Cell,
  ] as readonly SensorModel[],
  /** PM2.5 <= PM10 and PM1 <= PM2.5, each plus the larger of these: optical channels are not exact. */
  crossChannel: { floor: 1, share: 0.1 },
  /** A reading this far ahead of its arrival is suspect, ms (beyond 5 minutes it is rejected). */
  clockAheadMsMax: 60_000,
  /** A device whose delay has grown by this in at least `driftSteps` hours in a row, ms: its clock runs slow. */
  driftMsMax: 60_000,
  driftSteps: 3,
  /** Neighbouring samples farther apart than this many intervals are a gap: nothing is said across it. */
  gapIntervalsMax: 3,
  /** Hampel: limit in scaled median absolute deviations; samples to each side, at the least and the most. */
  outlier: { deviations: 3, sideMin: 3, sideMax: 12 },
  /** Samples that an hour must have for a statement on its noise. */
  noiseSamplesMin: 6,
  /** Urban radius (never beyond about 11.5 km in winter); the nearest ones are asked. */
  neighbours: { radiusM: 5_000, countMin: 3, countMax: 20, deviations: 3, share: 0.5 },
  /** Share of the hour that an hourly value must cover to be compared (2008/50/EC, Annex XI). */
  hourCaptureMin: 0.75,
} as const;

/** Scales a median absolute deviation to a standard deviation of the normal distribution. */
export const madScale = 1.4826;
