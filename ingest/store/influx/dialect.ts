import type { Logger } from 'pino';
import { z } from 'zod';
import { StoreUnavailable } from '../store.ts';
import type { Connection } from './connection.ts';
import { InfluxRefused } from './errors.ts';
import { identifier } from './escape.ts';

/** All in which the generations of InfluxDB differ; everything else is the same InfluxQL and line protocol. */
export interface Dialect {
  /** As the server says it. */
  version: string;
  /** Value of the `authorization` header. */
  authorization: string | undefined;
  /** Makes sure that a database (2.x: bucket) exists; one that is there stays as it is. */
  create(connection: Connection, database: string): Promise<void>;
  /** Where lines go. */
  writePath(database: string): string;
  /** Whether rows can be deleted. Where not, the retention of the database does it. */
  deletes: boolean;
}

export interface Access {
  /** 2.x and 3.x: a token; 1.x: `user:password`. */
  token?: string;
  /** 2.x: name of the organisation. */
  org?: string;
}

/**
 * Asks the server what it is. Every generation tells its version on `/ping`; some installations of 3.x
 * want the token even for that.
 */
export async function detectDialect(
  connection: Connection,
  access: Access,
  log: Logger,
): Promise<Dialect> {
  connection.authorize(tokenHeader(access));
  const { headers } = await connection.request({ method: 'GET', path: '/ping' });
  const version = String(headers['x-influxdb-version'] ?? '').replace(/^v/, '');
  const dialect = dialectOf(version, access);
  connection.authorize(dialect.authorization);
  log.info({ version }, 'InfluxDB found');
  return dialect;
}

function dialectOf(version: string, access: Access): Dialect {
  if (version.startsWith('1.')) return dialect1(version, access);
  // InfluxDB Cloud, which speaks as 2.x, tells no version.
  if (version === '' || version.startsWith('2.')) return dialect2(version, access);
  if (version.startsWith('3.')) return dialect3(version, access);
  throw new StoreUnavailable(`InfluxDB ${version} is not known; 1.x, 2.x and 3.x are`);
}

/** Before 1.8 the scheme `Token` is unknown, Basic works in all 1.x. */
function dialect1(version: string, { token }: Access): Dialect {
  const basic = token && `Basic ${Buffer.from(token).toString('base64')}`;
  return {
    version,
    authorization: basic || undefined,
    async create(connection, database) {
      const statement = `CREATE DATABASE ${identifier(database)}`;
      for await (const _ of connection.query('', statement));
    },
    writePath: (database) => `/write?${new URLSearchParams({ db: database, precision: 'ms' })}`,
    deletes: true,
  };
}

const Buckets = z.object({ buckets: z.array(z.object({ id: z.string() })).default([]) });
const Orgs = z.object({ orgs: z.array(z.object({ id: z.string() })).default([]) });

/**
 * A bucket answers InfluxQL under its own name: 2.x maps it virtually, without our doing. Its rows are
 * deleted by InfluxQL's DELETE, as in 1.x.
 */
function dialect2(version: string, access: Access): Dialect {
  const { org = '' } = access;
  return {
    version,
    authorization: tokenHeader(access),
    async create(connection, database) {
      const known = await connection
        .request({
          method: 'GET',
          path: `/api/v2/buckets?${new URLSearchParams({ name: database, org })}`,
        })
        .catch(ignoreStatus(404));
      if (known && Buckets.parse(known.body).buckets.length > 0) return;
      const found = await connection.request({
        method: 'GET',
        path: `/api/v2/orgs?${new URLSearchParams({ org })}`,
      });
      const orgID = Orgs.parse(found.body).orgs[0]?.id;
      if (!orgID) throw new StoreUnavailable(`InfluxDB has no organisation ${org}: set INFLUX_ORG`);
      await connection.request({
        method: 'POST',
        path: '/api/v2/buckets',
        body: JSON.stringify({ orgID, name: database, retentionRules: [] }),
        headers: { 'content-type': 'application/json' },
      });
    },
    writePath: (database) => writePath2({ org, bucket: database }),
    deletes: true,
  };
}

/** Writes as 2.x does; creates databases by its own API; cannot delete rows. */
function dialect3(version: string, access: Access): Dialect {
  return {
    version,
    authorization: tokenHeader(access),
    async create(connection, database) {
      await connection
        .request({
          method: 'POST',
          path: '/api/v3/configure/database',
          body: JSON.stringify({ db: database }),
          headers: { 'content-type': 'application/json' },
        })
        // It is there already.
        .catch(ignoreStatus(409));
    },
    writePath: (database) => writePath2({ bucket: database }),
    deletes: false,
  };
}

function writePath2(target: Record<string, string>): string {
  return `/api/v2/write?${new URLSearchParams({ ...target, precision: 'ms' })}`;
}

function tokenHeader({ token }: Access): string | undefined {
  return token ? `Token ${token}` : undefined;
}

function ignoreStatus(status: number): (error: unknown) => undefined {
  return (error) => {
    if (error instanceof InfluxRefused && error.status === status) return undefined;
    throw error;
  };
}
