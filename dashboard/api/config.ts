import { isIP } from 'node:net';
import { z } from 'zod';
import { type Enrolment, enrolments } from '../../broker/contract/access.ts';
import type { Retention } from '../../ingest/domain/retention.ts';

const flag = z.enum(['true', 'false']).transform((text) => text === 'true');

/** The environment variables of the API and the dashboard. */
export const ApiEnv = z
  .object({
    HOST: z.string().min(1).default('127.0.0.1').describe('address that all listeners bind'),
    HTTP_PORT: z
      .string()
      .regex(/^\d{1,5}$/, 'must be a port number')
      .transform(Number)
      .refine((port) => port <= 65_535, 'must be at most 65535')
      .default(8080)
      .describe('dashboard, API; MQTT over WebSocket at /mqtt'),
    PUBLIC_READ: flag
      .default(true)
      .describe('devices marked public can be read without signing in: true or false'),
    ENROLMENT: z
      .enum(enrolments)
      .default('provider')
      .describe('who may bring new devices: closed, provider or open'),
    TRUST_PROXY: z
      .string()
      .transform((text) => text.split(',').map((part) => part.trim()))
      .refine(
        (parts) => parts.every(isAddressRange),
        'must be addresses or ranges such as 10.0.0.0/8',
      )
      .optional()
      .describe('addresses of reverse proxies whose X-Forwarded-For and -Proto are believed'),
    TIME_ZONE: z
      .string()
      .refine(isTimeZone, 'must be an IANA time zone such as Europe/Berlin')
      .default('Europe/Berlin')
      .describe('civil time on screens'),
    MAP_TILES_URL: z
      .string()
      .refine(isTilesUrl, 'must be an http(s) URL with {z}, {x} and {y}')
      .optional()
      .describe('raster tiles of the map, e.g. https://tiles.example/{z}/{x}/{y}.png'),
    MAP_TILES_ATTRIBUTION: z
      .string()
      .min(1)
      .max(300)
      .optional()
      .describe('whom the tiles come from; shown on the map'),
    MAP_GEOJSON: z.string().min(1).optional().describe('path of a GeoJSON file drawn as base map'),
    PUBLISHER_NAME: z
      .string()
      .trim()
      .min(1)
      .max(200)
      .default('Sensorplatz')
      .describe('who answers for the open data'),
    OPEN_DATA_LICENCE: z
      .url({ protocol: /^https?$/ })
      .default('https://creativecommons.org/licenses/by/4.0/')
      .describe('licence of the open data, as a URL'),
    PUBLIC_URL: z
      .url({ protocol: /^https?$/ })
      .transform((url) => url.replace(/\/+$/, ''))
      .optional()
      .describe(
        'where the outside reaches this installation; for links in open data and notifications',
      ),
    CONTACT: z
      .union([z.email(), z.url({ protocol: /^https?$/ })])
      .optional()
      .describe('whom readers tell what is wrong or not accessible: an e-mail address or a URL'),
    EMBED_ANCESTORS: z
      .string()
      .refine(
        areFrameSources,
        "must be *, 'self', 'none', or origins such as https://www.city.example with spaces between",
      )
      .default('*')
      .describe('pages that may show the embeddable tile in a frame'),
  })
  .refine(
    (env) => (env.MAP_TILES_URL === undefined) === (env.MAP_TILES_ATTRIBUTION === undefined),
    {
      path: ['MAP_TILES_ATTRIBUTION'],
      message: 'MAP_TILES_URL and MAP_TILES_ATTRIBUTION go together: set both or neither',
      // Also when another variable is at fault: all faults are told at once.
      when: () => true,
    },
  );
export type ApiEnv = z.output<typeof ApiEnv>;

/** What the API needs to know of its configuration. */
export interface ApiConfig {
  publicRead: boolean;
  enrolment: Enrolment;
  timeZone: string;
  /** What series are still there; for ever when missing. */
  retention?: Retention;
  /** Addresses and ranges of reverse proxies that are believed whom they speak for; none when missing. */
  trustProxy?: readonly string[];
  mapTiles?: { url: string; attribution: string };
  /** E-mail address or URL. */
  contact?: string;
  /** Sources of `frame-ancestors` for the embeddable tile; everybody when missing. */
  embedAncestors?: string;
  openData?: OpenDataConfig;
}

/** What the catalogue of open data says of the installation. */
export interface OpenDataConfig {
  publisherName: string;
  /** URL. */
  licence: string;
  /** Without a slash at the end; links are relative to the request's host when missing. */
  publicUrl?: string;
}

/** Picks the API's configuration out of its environment. */
export function apiConfig(env: ApiEnv): ApiConfig {
  const { MAP_TILES_URL: url, MAP_TILES_ATTRIBUTION: attribution } = env;
  return {
    publicRead: env.PUBLIC_READ,
    enrolment: env.ENROLMENT,
    timeZone: env.TIME_ZONE,
    ...(env.TRUST_PROXY ? { trustProxy: env.TRUST_PROXY } : {}),
    ...(url !== undefined && attribution !== undefined ? { mapTiles: { url, attribution } } : {}),
    ...(env.CONTACT === undefined ? {} : { contact: env.CONTACT }),
    embedAncestors: env.EMBED_ANCESTORS,
    openData: {
      publisherName: env.PUBLISHER_NAME,
      licence: env.OPEN_DATA_LICENCE,
      ...(env.PUBLIC_URL === undefined ? {} : { publicUrl: env.PUBLIC_URL }),
    },
  };
}

/** The origin that map tiles come from, as a CSP source: `{s}` stands for any subdomain. */
export function tilesOrigin(url: string): string {
  return new URL(url.replace('{s}', 'subdomain')).origin.replace('subdomain', '*');
}

/** An IP address, or a range in CIDR form. Everybody (`/0`) is not a proxy. */
function isAddressRange(text: string): boolean {
  const [address = '', prefix, ...more] = text.split('/');
  const family = isIP(address);
  if (family === 0 || more.length > 0) return false;
  if (prefix === undefined) return true;
  const bits = /^\d{1,3}$/.test(prefix) ? Number(prefix) : 0;
  return bits >= 1 && bits <= (family === 4 ? 32 : 128);
}

/** Words of a CSP's `frame-ancestors`; nothing that could end the directive or begin another. */
function areFrameSources(text: string): boolean {
  const sources = text.split(' ');
  if (sources.length === 1 && ['*', "'self'", "'none'"].includes(text)) return true;
  return sources.every(
    (source) => source === "'self'" || /^https?:\/\/(\*\.)?[a-z0-9.-]+(:\d{1,5})?$/i.test(source),
  );
}

function isTilesUrl(text: string): boolean {
  if (!['{z}', '{x}', '{y}'].every((part) => text.includes(part))) return false;
  return URL.canParse(text.replace('{s}', 'subdomain')) && /^https?:\/\//.test(text);
}

function isTimeZone(text: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: text });
    return true;
  } catch {
    return false;
  }
}
