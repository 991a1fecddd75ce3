import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** What is left when the process ends, whatever became of the tests. */
const left = new Set<string>();
process.on('exit', () => left.forEach(removeFolder));

function removeFolder(path: string): void {
  rmSync(path, { recursive: true, force: true, maxRetries: 5 });
  left.delete(path);
}

/** A new empty folder; remove it with the returned function, or it goes with the process. */
export function makeTempFolder(): { path: string; remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), 'sensorplatz-test-'));
  left.add(path);
  return { path, remove: () => removeFolder(path) };
}

/** A new empty folder that is removed when the running test ends. */
export function tempFolder(): string {
  const { path, remove } = makeTempFolder();
  onTestFinished(remove);
  return path;
}
