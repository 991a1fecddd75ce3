import { join } from 'node:path';
import type { Registry } from '../broker/contract/registry.ts';
import { createSessionFile } from '../dashboard/api/session-file.ts';
import type { SessionKeeper } from '../dashboard/api/sessions.ts';
import type { AdminToken } from './admin-token.ts';
import type { PlatformOptions } from './assembly.ts';

interface Holders {
  options: Pick<PlatformOptions, 'env' | 'log'>;
  registry: Registry;
  admin: AdminToken;
}

/** Where sessions of browsers outlive a restart: hashes in `DATA_DIR`. */
export function keepSessions({ options, registry, admin }: Holders): SessionKeeper {
  return createSessionFile({
    path: join(options.env.process.DATA_DIR, 'sessions.json'),
    adminKey: admin.keyId,
    registry,
    log: options.log.child({ service: 'dashboard' }),
  });
}
