import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface AdminToken {
  verify(token: string): boolean;
  /** Another one for another token; says nothing of it. */
  keyId: string;
  /** The token itself, only on the start that made it. */
  shownOnce: string | undefined;
}

/**
 * The bearer token with the admin role: `ADMIN_TOKEN`, or one made on the very first start, of which
 * only the SHA-256 is kept (mode 0600). Removing the file makes a new one at the next start.
 */
export function loadAdminToken(dataDir: string, given: string | undefined): AdminToken {
  const path = join(dataDir, 'admin-token.sha256');
  if (given !== undefined) return adminToken(sha256(given));
  if (existsSync(path)) return adminToken(Buffer.from(readFileSync(path, 'utf8').trim(), 'hex'));
  // The prefix keeps a leading '-' from command lines and tells scanners for leaked secrets what it is.
  const token = `sp_${randomBytes(24).toString('base64url')}`;
  writeFileSync(path, sha256(token).toString('hex'), { mode: 0o600 });
  return adminToken(sha256(token), token);
}

function adminToken(hash: Buffer, shownOnce?: string): AdminToken {
  const keyId = createHash('sha256').update('sessions of ').update(hash).digest('base64url');
  return { verify: verifierOf(hash), keyId: keyId.slice(0, 22), shownOnce };
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function verifierOf(hash: Buffer): (token: string) => boolean {
  return (token) => timingSafeEqual(sha256(token), hash);
}
