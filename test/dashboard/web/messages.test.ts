import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { caEmbed } from '../../../dashboard/web/messages/ca/embed.ts';
import {
  available,
  catalogues,
  chooseLanguage,
  later,
} from '../../../dashboard/web/messages/catalogue.ts';
import { deEmbed } from '../../../dashboard/web/messages/de/embed.ts';
import { de } from '../../../dashboard/web/messages/de.ts';
import { enEmbed } from '../../../dashboard/web/messages/en/embed.ts';
import { esEmbed } from '../../../dashboard/web/messages/es/embed.ts';

type Leaf = string | ((...words: string[]) => string);

/** Every sentence by its path: `link.lost`. */
function leavesOf(catalogue: object, path = ''): Map<string, Leaf> {
  const leaves = new Map<string, Leaf>();
  for (const [name, value] of Object.entries(catalogue)) {
    const here = path ? `${path}.${name}` : name;
    if (typeof value === 'object' && value !== null) {
      for (const [deeper, leaf] of leavesOf(value, here)) leaves.set(deeper, leaf);
    } else leaves.set(here, value as Leaf);
  }
  return leaves;
}

/** Digits, so that a sentence that compares or adds can do so too; and none is a part of another. */
const given = ['7001', '7002', '7003', '7004', '7005'];

function say(leaf: Leaf): string {
  return typeof leaf === 'string' ? leaf : leaf(...given);
}

/** A German sentence's arguments, as its parameters say: another language may not leave one out. */
function wanted(german: Leaf): string[] {
  return typeof german === 'string' ? [] : given.slice(0, german.length);
}

/**
 * What may be the same as in German: names, units, formats, and words that the languages share. Everything else that is
 * the same was forgotten.
 */
const shared: Readonly<Record<'en' | 'ca' | 'es', ReadonlySet<string>>> = {
  en: new Set([
    'offline',
    'normal',
    'live',
    'Name',
    'Details',
    'Export',
    'System',
    'Minimum',
    'Maximum',
    'Token',
    'Alarm',
    'Format',
    'Status',
    'Index',
    'Station',
    'Status: online',
    'Status: offline',
    'Topic',
    'Signal',
    'Median',
    'Broker',
    'Version',
    'in 7001 h',
  ]),
  ca: new Set(['normal', 'Model', 'Format', 'no']),
  es: new Set(['normal', 'no', 'Token']),
};
const names =
  /^([\d\s%.:,–/()+=-]|7\d{3}|h|min|CSV|NDJSON|Parquet|GeoJSON|XLSX|Excel|Line Protocol|InfluxDB|AQI|AOT40|Sensorplatz|MQTT|HTTP|JSON|curl|Ping|Webhook|Firmware)*$/;

/** The tile's catalogue is none of the page's. */
const tiles = { de: deEmbed, en: enEmbed, ca: caEmbed, es: esEmbed };

async function allOf(language: keyof typeof tiles): Promise<Map<string, Leaf>> {
  return leavesOf({
    ...(await catalogues[language]()),
    ...(await later[language]()),
    tile: tiles[language],
  });
}

const german = leavesOf({ ...de, tile: deEmbed });

test('what the contract has words for can be chosen', () => {
  expect(available).toEqual(['de', 'en', 'ca', 'es']);
});

describe.each(available)('%s', (language) => {
  it('leaves no sentence empty, and none half-written', async () => {
    for (const [path, leaf] of await allOf(language)) {
      const text = say(leaf);
      expect(text.trim(), path).not.toBe('');
      expect(text, path).not.toMatch(/undefined|\[object|TODO|…\s*…|^\.+$/);
      expect(text, `${path} has a space at an end`).toBe(text.trim());
    }
  });

  it('uses in every sentence all that the sentence is given', async () => {
    const leaves = await allOf(language);
    expect([...leaves.keys()].sort()).toEqual([...german.keys()].sort());
    for (const [path, leaf] of leaves) {
      const model = german.get(path) ?? '';
      expect(typeof leaf, path).toBe(typeof model);
      for (const word of wanted(model)) expect(say(leaf), path).toContain(word);
    }
  });
});

describe.each(['en', 'ca', 'es'] as const)('%s is not German', (language) => {
  it('has no sentence that was left as it is in German', async () => {
    const left = [...(await allOf(language))].filter(([path, leaf]) => {
      const text = say(leaf);
      const same = text === say(german.get(path) ?? '');
      return same && !names.test(text) && !shared[language].has(text);
    });
    expect(left.map(([path, leaf]) => `${path}: ${say(leaf)}`)).toEqual([]);
  });

  it('has no German word inside', async () => {
    const found = [...(await allOf(language))].filter(([, leaf]) =>
      /\b(und|nicht|für|wird|Geräte?|keine?|Werte?|bitte|oder)\b/.test(say(leaf)),
    );
    expect(found.map(([path]) => path)).toEqual([]);
  });
});

describe('what is loaded first', () => {
  it('says nothing that comes later', async () => {
    const areas = Object.keys(await later.de()).join('|');
    const early = new RegExp(`\\b(t|messages)\\.(${areas})\\b`);
    const web = join(import.meta.dirname, '../../../dashboard/web');
    const folders = ['shell', 'overview', 'panels', 'map', 'chart', 'state', 'alarms', 'export'];
    const sources = folders.flatMap((folder) =>
      readdirSync(join(web, folder)).map((name) => join(web, folder, name)),
    );
    expect(sources.filter((path) => early.test(readFileSync(path, 'utf8')))).toEqual([]);
  });
});

describe('which language is chosen', () => {
  it.each([
    [['ca', 'de'], 'ca'],
    [[undefined, null, 'es-ES'], 'es'],
    [['CA-ad'], 'ca'],
    [['fr', 'pt', 'en-GB'], 'en'],
    [['fr'], 'de'],
    [[], 'de'],
    [['xx', ''], 'de'],
  ])('%j is answered by %s', (tags, language) => {
    expect(chooseLanguage(tags)).toBe(language);
  });
});
