import { z } from 'zod';
import { Location, measurementMethods } from './device.ts';
import { DeviceKey } from './ids.ts';
import { MetricName } from './metrics.ts';

/** What the API and reports say about air: indices, legal statistics, a device beside a reference. */

/** Air-quality indices by their version; what they are made of stands in `ingest/domain/air`. */
export const indexSchemes = ['EAQI-2024', 'EAQI-2017', 'LQI-2025', 'US-AQI-2024'] as const;
export const IndexScheme = z.enum(indexSchemes);
export type IndexScheme = z.infer<typeof IndexScheme>;

/** Pollutants that indices know, in the order that decides between equals. */
export const indexPollutants = ['pm2_5', 'pm10', 'no2', 'o3', 'so2'] as const;
export type IndexPollutant = (typeof indexPollutants)[number];
const Pollutant = z.enum(indexPollutants);

/** Categories of all schemes; the worse a level, the further on in its own scheme. */
export const indexCategories = [
  'very-good',
  'good',
  'fair',
  'moderate',
  'poor',
  'very-poor',
  'extremely-poor',
  'unhealthy-for-sensitive-groups',
  'unhealthy',
  'very-unhealthy',
  'hazardous',
] as const;
export type IndexCategory = (typeof indexCategories)[number];
const Category = z.enum(indexCategories);

export const SubIndex = z.object({
  pollutant: Pollutant,
  value: z.number().describe('averaged as the scheme wants it, µg/m³, full precision'),
  level: z.int(),
  category: Category,
  colour: z.string(),
  score: z.number().describe('continuous: EAQI level and share of its band; US: the AQI itself'),
});
export type SubIndex = z.infer<typeof SubIndex>;

/** The index of one station at one hour. Level null: nothing was measured; grey, never good. */
export const AirIndex = z.object({
  scheme: IndexScheme.describe('with its version, which must be shown'),
  level: z.int().nullable(),
  category: Category.nullable(),
  colour: z.string(),
  score: z.number().nullable(),
  driver: Pollutant.nullable().describe('the pollutant that decides'),
  subIndices: z.array(SubIndex),
  missing: z.array(Pollutant).describe('pollutants of the scheme without a valid value'),
  incomplete: z.boolean().describe('less was measured than the scheme wants at such a site'),
  indicative: z.boolean().describe('not measured by a reference or equivalent method'),
  circle: z.enum(['full', 'open']).optional().describe('LQI: all five measured, or fewer'),
  beyond: z.boolean().optional().describe('US: beyond the AQI, the last line continued'),
});
export type AirIndex = z.infer<typeof AirIndex>;

export const StationIndex = z.object({
  device: DeviceKey,
  name: z.string().optional(),
  location: Location.optional(),
  method: z.enum(measurementMethods),
  index: AirIndex,
});
export type StationIndex = z.infer<typeof StationIndex>;

/** A city is as bad as its worst reporting station; there is no mean of indices. */
export const CityIndex = z.object({
  worst: DeviceKey.nullable(),
  level: z.int().nullable(),
  category: Category.nullable(),
  colour: z.string(),
  driver: Pollutant.nullable(),
  reporting: z.int().describe('stations with an index'),
  incomplete: z.int().describe('of these, how many with an incomplete one'),
  indicative: z.int().describe('of these, how many of indicative methods'),
  stations: z.int().describe('stations that were asked'),
});
export type CityIndex = z.infer<typeof CityIndex>;

/** `GET /api/v1/indices`. */
export const Indices = z.object({
  scheme: IndexScheme,
  at: z.int().describe('start of the hour, epoch ms UTC'),
  partial: z.boolean().describe('the hour still runs: the index may change'),
  stations: z.array(StationIndex),
  city: CityIndex,
  total: z.int().describe('matching devices; more than `stations` when the answer is cut'),
});
export type Indices = z.infer<typeof Indices>;

/** Versioned sets of limit values. `WHO-2021` is a health guideline for display, not law. */
export const legalRuleSets = ['EU-2008-50', 'EU-2024-2881'] as const;
export const LegalRuleSet = z.enum(legalRuleSets);
export type LegalRuleSet = z.infer<typeof LegalRuleSet>;
export const RuleSetName = z.enum([...legalRuleSets, 'WHO-2021']);
export type RuleSetName = z.infer<typeof RuleSetName>;

/** When digits are cut before a value is compared with a limit; the default is `half-up-last`. */
export const roundings = ['half-up-last', 'half-even-last', 'none'] as const;
export const Rounding = z.enum(roundings);
export type Rounding = z.infer<typeof Rounding>;

export const limitPeriods = [
  'hour',
  'day',
  'max-daily-8h',
  'year',
  'aot40',
  'peak-season',
] as const;
export const limitKinds = ['limit', 'target', 'long-term', 'vegetation', 'guideline'] as const;

/** One limit value and how a year stands to it. */
export const LimitCheck = z.object({
  rules: RuleSetName,
  period: z.enum(limitPeriods),
  kind: z.enum(limitKinds),
  limit: z.number(),
  unit: z.string(),
  validFrom: z.string().describe('ISO date from which it is in force'),
  averageYears: z.int().optional().describe('judged over the mean of so many years; here is one'),
  value: z.number().nullable().describe('of a year: mean or sum, full precision'),
  exceedances: z.int().nullable().describe('valid periods beyond the limit'),
  allowed: z.int().nullable(),
  validPeriods: z.int(),
  possiblePeriods: z.int(),
  valid: z.boolean().describe('enough was measured to say that it is kept'),
  verdict: z.enum(['kept', 'exceeded', 'undecided', 'not-judged']),
});
export type LimitCheck = z.infer<typeof LimitCheck>;

export const thresholdKinds = ['information', 'alert', 'short-term-plan'] as const;

/** Hours or days in a row beyond an information or alert threshold. A missing one breaks the row. */
export const ThresholdCheck = z.object({
  rules: RuleSetName,
  kind: z.enum(thresholdKinds),
  period: z.enum(['hour', 'day']),
  threshold: z.number(),
  unit: z.string(),
  consecutive: z.int().describe('periods in a row that it takes'),
  runs: z.array(z.object({ from: z.int(), to: z.int(), periods: z.int(), max: z.number() })),
  total: z.int().describe('runs in all; more than are listed when the list is cut'),
});
export type ThresholdCheck = z.infer<typeof ThresholdCheck>;

const Peak = z.object({ at: z.int(), value: z.number() });

export const OzoneYear = z.object({
  aot40: z.object({
    measured: z.number().describe('µg/m³·h'),
    estimate: z.number().nullable().describe('scaled to all possible hours'),
    validHours: z.int(),
    possibleHours: z.int(),
    valid: z.boolean(),
  }),
  months: z.array(
    z.object({
      month: z.int(),
      exceedances: z.int(),
      validDays: z.int(),
      validHours: z.int(),
      possibleHours: z.int(),
      valid: z.boolean(),
    }),
  ),
  summerCapture: z.number(),
  winterCapture: z.number(),
});

export const PollutantYear = z.object({
  pollutant: MetricName,
  unit: z.string(),
  validHours: z.int(),
  possibleHours: z.int(),
  elapsedHours: z.int().describe('of the year so far'),
  capture: z.number().describe('valid of possible hours, 0..1'),
  objective: z.object({
    required: z.number().describe('data-quality objective of the rule set, 0..1'),
    requiredWinter: z.number().optional(),
    met: z.boolean(),
  }),
  annualMean: z.object({
    value: z.number().nullable().describe('of valid hours, full precision'),
    valid: z.boolean().describe('enough hours for a legal annual mean'),
  }),
  validDays: z.int(),
  maxHour: Peak.nullable(),
  maxDay: Peak.nullable(),
  max8h: Peak.nullable(),
  percentiles: z.array(
    z.object({ of: z.enum(['hour', 'day']), percent: z.number(), value: z.number() }),
  ),
  limits: z.array(LimitCheck),
  thresholds: z.array(ThresholdCheck),
  ozone: OzoneYear.optional(),
});
export type PollutantYear = z.infer<typeof PollutantYear>;

/** Statistics of one device and year by one rule set. */
export const YearStatistics = z.object({
  device: DeviceKey,
  year: z.int(),
  rules: LegalRuleSet,
  method: z.enum(measurementMethods),
  compliance: z.enum(['for-compliance', 'indicative-not-for-compliance']),
  rounding: Rounding,
  timeBase: z.literal('UTC+1').describe('legal days and years: fixed offset, no summer time'),
  from: z.int(),
  to: z.int(),
  running: z.boolean().describe('the year is not over: what is missing still counts as missing'),
  pollutants: z.array(PollutantYear),
});
export type YearStatistics = z.infer<typeof YearStatistics>;

const Line = z.object({ slope: z.number(), intercept: z.number() });

/** A device beside a reference, over hours that both have valid. Differences are device minus reference. */
export const Comparison = z.object({
  device: DeviceKey,
  reference: DeviceKey,
  metric: MetricName,
  unit: z.string(),
  from: z.int(),
  to: z.int(),
  status: z.enum(['too-few', 'short', 'sufficient']),
  needs: z.object({ pairsMin: z.int(), pairsSufficient: z.int(), pairsPerMonth: z.int() }),
  pairs: z.int(),
  possiblePairs: z.int().describe('hours that the reference has valid'),
  coverage: z.number().describe('pairs of possible pairs, 0..1'),
  distanceM: z.number().optional(),
  fit: z
    .object({
      meanDevice: z.number(),
      meanReference: z.number(),
      bias: z.number(),
      relativeBias: z.number().nullable(),
      rmse: z.number(),
      r2: z.number().nullable(),
      ols: Line.nullable().describe('device = slope * reference + intercept'),
      deming: Line.nullable().describe('orthogonal: both sides have errors'),
      rma: Line.nullable().describe('reduced major axis'),
    })
    .nullable()
    .describe('null when there are too few pairs'),
  drift: z.object({
    months: z.array(
      z.object({
        from: z.int(),
        pairs: z.int(),
        bias: z.number(),
        relativeBias: z.number().nullable(),
      }),
    ),
    biasPer30Days: z.number().nullable().describe('null with less than two months'),
  }),
});
export type Comparison = z.infer<typeof Comparison>;

/** What a report rests on, so that it can be made again. */
export const ReportBasis = z.object({
  query: z.string().describe('the request that gives the same numbers'),
  ruleSets: z.array(z.string()),
  rounding: Rounding,
  timeBase: z.literal('UTC+1'),
  data: z.object({
    hours: z.int().describe('hourly rows that were read'),
    revisedHours: z.int().describe('of these, how many were corrected after they had closed'),
    revisionMax: z.int(),
    resultAt: z.int().nullable().describe('when the newest of them got its content'),
  }),
});

const reportHead = {
  id: z.string(),
  year: z.int(),
  devices: z.array(DeviceKey).describe('only who may see all of them sees the report'),
  madeAt: z.int().describe('when its content was last different, epoch ms UTC'),
};

/** A report as it is listed. */
export const ReportEntry = z.object({
  ...reportHead,
  kind: z.enum(['year', 'comparison']),
  metric: MetricName.optional(),
});
export type ReportEntry = z.infer<typeof ReportEntry>;

export const Report = z.discriminatedUnion('kind', [
  z.object({
    ...reportHead,
    kind: z.literal('year'),
    basis: ReportBasis,
    statistics: z.array(YearStatistics),
  }),
  z.object({
    ...reportHead,
    kind: z.literal('comparison'),
    metric: MetricName,
    basis: ReportBasis,
    comparison: Comparison,
  }),
]);
export type Report = z.infer<typeof Report>;

export const ReportList = z.object({ reports: z.array(ReportEntry), total: z.int() });
export type ReportList = z.infer<typeof ReportList>;
