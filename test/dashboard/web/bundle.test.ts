import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build, type Manifest } from 'vite';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { available } from '../../../dashboard/web/messages/catalogue.ts';
import { makeTempFolder } from '../../support/temp-folder.ts';

const configFile = join(import.meta.dirname, '../../../dashboard/vite.config.ts');
const sources = join(import.meta.dirname, '../../../dashboard/web');

const folder = makeTempFolder();
const outDir = join(folder.path, 'dist');
const html: Record<'index' | 'embed', string> = { index: '', embed: '' };
let manifest: Manifest = {};
/** Size of each built file after gzip, bytes. */
const sizes = new Map<string, number>();

beforeAll(async () => {
  // The runner's own would build Svelte's checks for developers in, which nobody is served.
  vi.stubEnv('NODE_ENV', 'production');
  await build({ configFile, logLevel: 'error', build: { outDir, manifest: 'manifest.json' } });
  html.index = await readFile(join(outDir, 'index.html'), 'utf8');
  html.embed = await readFile(join(outDir, 'embed.html'), 'utf8');
  manifest = JSON.parse(await readFile(join(outDir, 'manifest.json'), 'utf8')) as Manifest;
  for (const file of await readdir(join(outDir, 'assets'))) {
    sizes.set(`assets/${file}`, gzipSync(await readFile(join(outDir, 'assets', file))).length);
  }
}, 60_000);

afterAll(() => {
  vi.unstubAllEnvs();
  folder.remove();
});

/** All files that come with these modules: themselves, what they import, and the styles of all. */
function filesOf(...modules: string[]): Set<string> {
  const files = new Set<string>();
  const seen = new Set<string>();
  const take = (module: string): void => {
    if (seen.has(module)) return;
    seen.add(module);
    const chunk = manifest[module];
    if (!chunk) throw new Error(`the build has no ${module}`);
    files.add(chunk.file);
    for (const style of chunk.css ?? []) files.add(style);
    for (const other of chunk.imports ?? []) take(other);
  };
  for (const module of modules) take(module);
  return files;
}

function sizeOf(files: Iterable<string>, ending: '.js' | '.css'): number {
  return [...files]
    .filter((file) => file.endsWith(ending))
    .reduce((sum, file) => sum + (sizes.get(file) ?? Number.NaN), 0);
}

/** What is loaded before the first picture: the page, the overview, and the reader's language. */
function first(language: string): Set<string> {
  return filesOf('index.html', 'overview/OverviewScreen.svelte', `messages/${language}/first.ts`);
}

/** What a module brings along that is not there yet. */
function later(module: string): string[] {
  const before = first('de');
  return [...filesOf(module)].filter((file) => !before.has(file));
}

describe('the built page', () => {
  it.each(['index', 'embed'] as const)(
    'has nothing inline that its content security policy would forbid: %s',
    (page) => {
      expect(html[page]).not.toMatch(/<script(?![^>]* src=)/);
      expect(html[page]).not.toMatch(/<style|\sstyle=|\son[a-z]+=/);
      expect(html[page], 'asks nobody else for anything').not.toMatch(/https?:\/\//);
    },
  );

  it('has no style attribute in any of its sources', async () => {
    for (const file of await readdir(sources, { recursive: true })) {
      if (!file.endsWith('.svelte')) continue;
      expect(await readFile(join(sources, file), 'utf8'), file).not.toMatch(/\sstyle="/);
    }
  });

  it.each(available)(
    'stays small before the first picture: 75 KB of script, 12 KB of style (%s)',
    (language) => {
      const files = first(language);
      expect(sizeOf(files, '.js')).toBeLessThan(75_000);
      expect(sizeOf(files, '.css')).toBeLessThan(12_000);
      expect([...files].filter((file) => /MapView|HistoryCard/.test(file))).toEqual([]);
    },
  );

  it.each([
    ['map/MapView.svelte', 60_000],
    ['chart/HistoryCard.svelte', 45_000],
    ['air/AirScreen.svelte', 20_000],
    ['alarms/AlarmsScreen.svelte', 25_000],
    ['air/Statistics.svelte', 20_000],
    ['air/Comparison.svelte', 20_000],
    ['export/ExportView.svelte', 20_000],
    ['help/HelpScreen.svelte', 20_000],
    ['messages/de/later.ts', 20_000],
  ])('%s brings at most %d bytes of script when it is wanted', (module, bytes) => {
    const size = sizeOf(later(module), '.js');
    expect(size).toBeGreaterThan(0);
    expect(size).toBeLessThan(bytes);
  });

  it('has a tile that loads less than half of that, and no map, chart or catalogue', () => {
    const files = filesOf('embed.html');
    expect(sizeOf(files, '.js')).toBeLessThan(37_500);
    expect([...files].filter((file) => /index|Map|History|OverviewScreen/.test(file))).toEqual([]);
  });
});

describe('the service worker', () => {
  it('stands at the root, in one piece, and knows every file of the build', async () => {
    const worker = await readFile(join(outDir, 'sw.js'), 'utf8');
    expect(worker, 'a classic worker cannot import').not.toMatch(/^\s*import[\s{"']|\bimport\(/m);
    const [, list = '[]'] = /shellFiles=(\[[^\]]*\])/.exec(worker) ?? [];
    const built = [...sizes.keys()].map((file) => `/${file}`);
    expect((JSON.parse(list) as string[]).sort()).toEqual(built.sort());
  });

  it('is another one when any file of the build is another one', async () => {
    const worker = await readFile(join(outDir, 'sw.js'), 'utf8');
    expect(worker).toMatch(/shellVersion="[0-9a-f]{12}"/);
  });

  it('comes with what makes the page installable', async () => {
    const app = JSON.parse(await readFile(join(outDir, 'manifest.webmanifest'), 'utf8')) as {
      icons: { src: string; sizes: string; purpose?: string }[];
    };
    expect(html.index).toContain('rel="manifest" href="/manifest.webmanifest"');
    for (const { src } of app.icons) await readFile(join(outDir, src));
    expect(app.icons.map(({ sizes: size }) => size)).toEqual(
      expect.arrayContaining(['192x192', '512x512']),
    );
    expect(app.icons.some(({ purpose }) => purpose === 'maskable')).toBe(true);
  });
});
