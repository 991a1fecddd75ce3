import { z } from 'zod';
import { type Device, DeviceKind, expectedIntervalMs } from '../../broker/contract/device.ts';
import { exportColumnSets, exportFormats, exportVariants } from '../../broker/contract/exports.ts';
import { DeviceKey, deviceKey, Id } from '../../broker/contract/ids.ts';
import { Instant } from '../../broker/contract/instant.ts';
import { MetricName, metricNames } from '../../broker/contract/metrics.ts';
import { Resolution } from '../../broker/contract/series.ts';
import { qualityRuleSet } from '../../ingest/domain/quality/rule-set.ts';
import { pollutantCodes } from '../../ingest/export/pollutants.ts';
import type { ExportRequest, ExportSeries } from '../../ingest/export/port.ts';
import type { Audience } from './access.ts';
import type { Context } from './context.ts';
import { findVisible } from './device-view.ts';
import { ApiError } from './errors.ts';
import { apiLimits } from './limits.ts';

const dayMs = 86_400_000;

/** One or several: `?name=a&name=b`, `?name=a,b`, or a list in a body. */
const several = <Item>(item: z.ZodType<Item>) =>
  z
    .union([z.string(), z.array(z.string())])
    .transform((given) => (Array.isArray(given) ? given : [given]).flatMap((one) => one.split(',')))
    .pipe(z.array(item).min(1).max(apiLimits.exportNamesMax) as z.ZodType<Item[], string[]>);

const flag = z
  .union([z.boolean(), z.enum(['true', 'false'])])
  .transform((given) => given === true || given === 'true');

/** What is to be exported, in a query string or a body. */
export const ExportQuery = z.strictObject({
  device: several(DeviceKey).optional().describe('one or several; default: all that are visible'),
  metric: several(MetricName).optional().describe('one or several; default: all that there are'),
  kind: DeviceKind.optional(),
  provider: Id.optional(),
  from: Instant.optional().describe('start, included; default 24 h before `to`'),
  to: Instant.optional().describe('end, excluded; default now'),
  resolution: Resolution.default('1h'),
  format: z.enum(exportFormats).default('csv'),
  variant: z
    .enum(exportVariants)
    .default('plain')
    .describe('de: CSV with semicolons, decimal comma and a byte order mark'),
  columns: z
    .enum(exportColumnSets)
    .default('plain')
    .describe("eea: those of the EEA's download service, for CSV and Parquet"),
  country: z
    .string()
    .regex(/^[A-Z]{2}$/, 'must be two letters such as DE')
    .optional()
    .describe('prefix of sampling points in columns=eea'),
  gaps: flag
    .optional()
    .describe('windows without data are rows; default true for 1h and 1d of named devices'),
});
export type ExportQuery = z.output<typeof ExportQuery>;

/** Turns a query into what is exported: only what the audience may see. @throws ApiError */
export function exportRequest(
  context: Context,
  audience: Audience,
  query: ExportQuery,
  detached: boolean,
): ExportRequest {
  const now = context.deps.clock();
  const to = query.to ?? now;
  const from = query.from ?? to - dayMs;
  if (from >= to) throw new ApiError('invalid-request', 'from must be before to');
  const { resolution, format, variant, columns, country } = query;
  const devices = devicesOf(context, audience, query);
  const gaps = gapsOf(query);
  // What has not begun yet is no gap.
  const end = gaps ? Math.max(from + 1, Math.min(to, now)) : to;
  return {
    series: seriesOf(context, devices, query),
    resolution,
    from,
    to: end,
    format,
    variant,
    columns,
    ...(country === undefined ? {} : { country }),
    gaps,
    keepUnknown: gaps && query.device !== undefined && query.metric !== undefined,
    owner: audience.id,
    detached,
    about: () => about(context, devices, query),
  };
}

function gapsOf({ gaps, resolution, format, device }: ExportQuery): boolean {
  if (resolution === 'raw' || format === 'line') {
    if (gaps) throw new ApiError('invalid-request', 'raw rows and line protocol have no gaps');
    return false;
  }
  return gaps ?? (resolution !== '1m' && device !== undefined);
}

function devicesOf(context: Context, audience: Audience, query: ExportQuery): Device[] {
  const { kind, provider } = query;
  const wanted = (device: Device): boolean =>
    (kind === undefined || device.kind === kind) &&
    (provider === undefined || device.provider === provider);
  const found: Device[] = [];
  if (query.device) {
    for (const key of new Set(query.device)) {
      const device = findVisible(context, audience, key);
      if (!device) throw new ApiError('not-found', `there is no device ${key}`);
      if (wanted(device)) found.push(device);
    }
  } else {
    for (const device of context.deps.registry.devices()) {
      if (audience.sees(device) && wanted(device)) found.push(device);
    }
  }
  const keyOf = ({ provider, id }: Device): string => deviceKey(provider, id);
  return found.sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
}

/** Of named devices all that there ever was; of others, what there is a newest reading of. */
function seriesOf({ state }: Context, devices: Device[], query: ExportQuery): ExportSeries[] {
  const isReported = (metric: MetricName): boolean =>
    query.columns !== 'eea' || query.metric !== undefined || pollutantCodes.has(metric);
  return devices.flatMap((device) => {
    const key = deviceKey(device.provider, device.id);
    const metrics =
      query.metric ?? (query.device ? metricNames : [...(state.device(key)?.slots.keys() ?? [])]);
    return [...new Set(metrics)]
      .filter(isReported)
      .sort()
      .map((metric) => ({
        device: key,
        metric,
        intervalMs: expectedIntervalMs(device),
        ...(device.location ? { location: device.location } : {}),
        ...(device.station ? { station: device.station } : {}),
      }));
  });
}

/** What the sidecar says of the installation and its stations, as they are when it is read. */
function about(
  { config, deps }: Context,
  devices: readonly Device[],
  query: ExportQuery,
): Record<string, unknown> {
  return {
    generator: { name: 'Sensorplatz', build: deps.build },
    ...(config.openData
      ? { publisher: config.openData.publisherName, licence: config.openData.licence }
      : {}),
    asked: {
      device: query.device,
      metric: query.metric,
      kind: query.kind,
      provider: query.provider,
    },
    ruleSets: { quality: qualityRuleSet.version },
    compliance:
      'values of stations whose method is neither reference nor equivalent are indicative, not for compliance',
    stations: devices.slice(0, apiLimits.exportStationsMax).map((device) => {
      const { provider, id, kind, name, location, model, district } = device;
      const { station, quality, correction, corrections } = device;
      return {
        device: deviceKey(provider, id),
        owner: deps.registry.provider(provider)?.name ?? provider,
        kind,
        name,
        location,
        model,
        district,
        intervalMs: expectedIntervalMs(device),
        station: station ?? { method: 'maker' },
        quality,
        correction,
        corrections,
      };
    }),
    ...(devices.length > apiLimits.exportStationsMax
      ? { stationsLeftOut: devices.length - apiLimits.exportStationsMax }
      : {}),
  };
}
