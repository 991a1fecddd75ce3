import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeTempFolder } from '../../support/temp-folder.ts';

const configFile = join(import.meta.dirname, '../../../dashboard/vite.config.ts');
const sources = join(import.meta.dirname, '../../../dashboard/web');

const folder = makeTempFolder();
let html = '';
/** Size of each built file after gzip, bytes. */
const sizes = new Map<string, number>();

beforeAll(async () => {
  const outDir = join(folder.path, 'dist');
  await build({ configFile, logLevel: 'error', build: { outDir } });
  html = await readFile(join(outDir, 'index.html'), 'utf8');
  for (const file of await readdir(join(outDir, 'assets'))) {
    sizes.set(file, gzipSync(await readFile(join(outDir, 'assets', file))).length);
  }
});

afterAll(() => folder.remove());

function sizeOf(pattern: RegExp): number {
  const found = [...sizes].filter(([file]) => pattern.test(file));
  expect(found.length, String(pattern)).toBeGreaterThan(0);
  return found.reduce((sum, [, size]) => sum + size, 0);
}

describe('the built page', () => {
  it('has nothing inline that its content security policy would forbid', async () => {
    expect(html).not.toMatch(/<script(?![^>]* src=)/);
    expect(html).not.toMatch(/<style|\sstyle=|\son[a-z]+=/);
    for (const file of await readdir(sources, { recursive: true })) {
      if (!file.endsWith('.svelte')) continue;
      expect(await readFile(join(sources, file), 'utf8'), file).not.toMatch(/\sstyle="/);
    }
  });

  it('asks nobody else for anything', () => {
    expect(html).not.toMatch(/https?:\/\//);
  });

  it('stays small: 60 KB of script before the first picture, chart and map on their own', () => {
    expect(sizeOf(/^(index|de)-.*\.js$/)).toBeLessThan(60_000);
    expect(sizeOf(/^index-.*\.css$/)).toBeLessThan(8_000);
    expect(sizeOf(/^MapView-.*\.js$/)).toBeLessThan(60_000);
    expect(sizeOf(/^HistoryCard-.*\.js$/)).toBeLessThan(40_000);
    expect(sizeOf(/^(IndexCard|Statistics|Comparison|ExportView)-.*\.js$/)).toBeLessThan(20_000);
  });
});
