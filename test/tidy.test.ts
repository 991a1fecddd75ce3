import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { variables } from '../deploy/env.ts';

/** What the linter cannot see: the house style, as a test over the tree. */
const root = join(import.meta.dirname, '..');
const areas = ['broker', 'ingest', 'dashboard', 'firmware-sim', 'deploy'];

const files = areas.flatMap((area) =>
  readdirSync(join(root, area), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !/\/(dist|node_modules)(\/|$)/.test(entry.parentPath))
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1)),
);
const sources = files.filter((path) => /\.(ts|svelte)$/.test(path));
const text = (path: string): string => readFileSync(join(root, path), 'utf8');

describe('the tree', () => {
  it('has nothing at its top level but what was agreed', () => {
    const allowed = [
      ...areas,
      'test',
      'package.json',
      'package-lock.json',
      'tsconfig.json',
      'README.md',
      'LICENSE',
      'node_modules',
      'data',
    ];
    const others = readdirSync(root).filter(
      (name) => !name.startsWith('.') && !allowed.includes(name),
    );
    expect(others).toEqual([]);
  });

  it('explains every folder that has several sources', () => {
    const folders = new Map<string, number>();
    for (const path of sources) {
      const folder = path.slice(0, path.lastIndexOf('/'));
      folders.set(folder, (folders.get(folder) ?? 0) + 1);
    }
    const isExplained = (folder: string) =>
      [folder, dirname(folder)].some((place) => files.includes(`${place}/README.md`));
    const unexplained = [...folders]
      .filter(([folder, count]) => count >= 3 && !isExplained(folder))
      .map(([folder]) => folder);
    expect(unexplained).toEqual([]);
  });

  it('keeps files short enough to be one idea', () => {
    expect(sources.filter((path) => text(path).split('\n').length > 400)).toEqual([]);
  });
});

describe('the sources', () => {
  const offenders = (pattern: RegExp, except: (path: string) => boolean): string[] =>
    sources.filter((path) => !except(path) && pattern.test(text(path)));

  it('read the clock and the environment in deploy only', () => {
    // The page and the simulator's command line are programs of their own.
    const isProgram = (path: string) =>
      /^(deploy|dashboard\/web)\//.test(path) || path === 'firmware-sim/main.ts';
    expect(offenders(/\bDate\.now\(/, isProgram)).toEqual([]);
    expect(offenders(/process\.env\b/, isProgram)).toEqual([]);
  });

  it('carry no leftovers', () => {
    expect(offenders(/\b(TODO|FIXME|XXX)\b|@ts-ignore|\bas any\b/, () => false)).toEqual([]);
  });
});

describe('the ways to start', () => {
  it('give Node the same options: the measured ones', () => {
    const inNpm = /"start": "node (.*) deploy\/start\.mjs"/.exec(text('package.json'))?.[1];
    const unit = /ExecStart=\S+node (.*) deploy\/start\.mjs/.exec(
      text('deploy/systemd/sensorplatz.service'),
    );
    const image = /^CMD \["node", (.*), "deploy\/start\.mjs"\]/m.exec(
      text('deploy/Dockerfile'),
    )?.[1];
    expect(inNpm).toContain('--max-semi-space-size');
    expect(unit?.[1]).toBe(inNpm);
    expect(image?.replaceAll(/[",]/g, '')).toBe(inNpm);
  });
});

describe('the documents', () => {
  const names = variables().map(({ name }) => name);

  it('.env.example shows every default as it is', () => {
    const shown = new Map(
      [...text('.env.example').matchAll(/^([A-Z][A-Z0-9_]+)=(.*)$/gm)].map(([, name, value]) => [
        name,
        value,
      ]),
    );
    const defaults = new Map(
      variables().flatMap(({ name, defaultText }) =>
        defaultText === undefined ? [] : [[name, defaultText]],
      ),
    );
    expect(shown).toEqual(defaults);
  });

  it('.env.example names exactly the variables that are read', () => {
    const inExample = [...text('.env.example').matchAll(/^#?([A-Z][A-Z0-9_]+)=/gm)].map(
      ([, name]) => name,
    );
    expect([...new Set(inExample)].sort()).toEqual([...names].sort());
  });

  it('the README explains every variable', () => {
    const readme = text('README.md');
    expect(names.filter((name) => !readme.includes(`\`${name}\``))).toEqual([]);
  });
});
