import { chmodSync, readFileSync } from 'node:fs';
import { open, rename } from 'node:fs/promises';
import type { Logger } from 'pino';
import { z } from 'zod';
import { type Account, accountName } from '../../broker/contract/access.ts';
import type { Registry } from '../../broker/contract/registry.ts';
import { apiLimits } from './limits.ts';
import type { KeptSession, SessionKeeper } from './sessions.ts';

const name = z.string().min(1).max(200);
/** Devices do not sign in with a browser. */
const KeptAccount = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('admin') }),
  z.strictObject({ kind: z.literal('operator'), name }),
  z.strictObject({ kind: z.literal('provider'), provider: name }),
]);
const SessionFile = z.strictObject({
  version: z.literal(1),
  /** Of which token the admin's sessions are. */
  adminKey: z.string(),
  sessions: z
    .array(
      z.strictObject({
        hash: z.string().regex(/^[\w-]{43}$/),
        account: KeptAccount,
        usedAt: z.number(),
      }),
    )
    .max(apiLimits.sessionsMax),
});

export interface SessionFileOptions {
  path: string;
  /** Another one when the admin's token was replaced: sessions of the old one do not come back. */
  adminKey: string;
  registry: Pick<Registry, 'tokenAccounts'>;
  log: Logger;
}

/** Keeps sessions in one small file (mode 0600), replaced as a whole. It holds hashes, never what opens a session. */
export function createSessionFile(options: SessionFileOptions): SessionKeeper {
  const { path, adminKey, registry, log } = options;
  let writing: Promise<void> = Promise.resolve();

  function load(): readonly KeptSession[] {
    const file = readSessions(path, log);
    if (!file) return [];
    const holders = new Set([...registry.tokenAccounts()].map(accountName));
    const isHeld = (account: Account): boolean =>
      account.kind === 'admin' ? file.adminKey === adminKey : holders.has(accountName(account));
    return file.sessions.filter(({ account }) => isHeld(account));
  }

  async function write(sessions: readonly KeptSession[]): Promise<void> {
    const kept = sessions.filter(({ account }) => KeptAccount.safeParse(account).success);
    const text = JSON.stringify({ version: 1, adminKey, sessions: kept });
    const beside = `${path}.new`;
    const handle = await open(beside, 'w', 0o600);
    try {
      await handle.writeFile(text);
      await handle.datasync();
    } finally {
      await handle.close();
    }
    await rename(beside, path);
  }

  return {
    load,
    save: (sessions) => {
      const all = [...sessions];
      writing = writing.then(() =>
        // Who is signed in stays so as long as the process runs; a full disk is said elsewhere too.
        write(all).catch((error: Error) => log.warn({ error: error.message }, 'sessions not kept')),
      );
      return writing;
    },
  };
}

function readSessions(path: string, log: Logger): z.infer<typeof SessionFile> | undefined {
  try {
    // Also where a backup brought it back readable for all.
    chmodSync(path, 0o600);
    return SessionFile.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') {
      log.warn({ error: (error as Error).message }, 'kept sessions are not readable');
    }
    return undefined;
  }
}
