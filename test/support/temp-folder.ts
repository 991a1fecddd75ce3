import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** A new empty folder; remove it with the returned function. */
export function makeTempFolder(): { path: string; remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), 'sensorplatz-test-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true, maxRetries: 5 }) };
}

/** A new empty folder that is removed when the running test ends. */
export function tempFolder(): string {
  const { path, remove } = makeTempFolder();
  onTestFinished(remove);
  return path;
}
