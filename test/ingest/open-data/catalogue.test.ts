import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { catalogueOf } from '../../../ingest/open-data/catalogue.ts';
import type { PublishedFile } from '../../../ingest/open-data/shelf.ts';

const file: PublishedFile = {
  kind: 'air',
  month: '2026-10',
  format: 'csv',
  revision: 1,
  name: '2026-10.csv.gz',
  bytes: 1234,
  sha256: 'ab'.repeat(32),
  rows: 744,
  devices: 1,
  metrics: ['pm10'],
  from: Date.parse('2026-09-30T23:00:00Z'),
  to: Date.parse('2026-10-31T23:00:00Z'),
  publishedAt: Date.parse('2026-11-03T03:29:00Z'),
  bbox: [9.9, 48.3, 10.1, 48.5],
};
const { bbox: _bbox, ...placeless } = file;
const files: PublishedFile[] = [
  { ...file, revision: 2, name: '2026-10.r2.csv.gz' },
  file,
  { ...placeless, kind: 'light', metrics: ['power'] },
];

const publisher = {
  name: 'Stadt "Ulm"',
  licence: 'https://creativecommons.org/licenses/by/4.0/',
  publicUrl: 'https://sensors.example.org',
};

/** What DCAT-AP 3 demands of each class, and what we promise beyond. */
const Ref = z.strictObject({ '@id': z.url() });
const Texts = z
  .array(z.strictObject({ '@language': z.string().length(2), '@value': z.string().min(1) }))
  .min(1);
const typed = (type: string, value: RegExp) =>
  z.strictObject({ '@type': z.literal(type), '@value': z.string().regex(value) });
const DateTime = typed('xsd:dateTime', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+01:00)$/);
const Period = z.strictObject({
  '@type': z.literal('dct:PeriodOfTime'),
  'dcat:startDate': DateTime,
  'dcat:endDate': DateTime,
});
const Distribution = z.strictObject({
  '@id': z.url(),
  '@type': z.literal('dcat:Distribution'),
  'dct:title': Texts,
  'dcat:accessURL': Ref,
  'dcat:downloadURL': Ref,
  'dct:format': Ref,
  'dcat:mediaType': Ref,
  'dcat:compressFormat': Ref.optional(),
  'dcat:byteSize': typed('xsd:nonNegativeInteger', /^\d+$/),
  'spdx:checksum': z.strictObject({
    '@type': z.literal('spdx:Checksum'),
    'spdx:algorithm': z.strictObject({ '@id': z.literal('spdx:checksumAlgorithm_sha256') }),
    'spdx:checksumValue': typed('xsd:hexBinary', /^[0-9a-f]{64}$/),
  }),
  'dct:license': Ref,
  'dct:issued': DateTime,
  'dct:temporal': Period,
  'adms:status': Ref,
  'dcatap:availability': Ref,
});
const Dataset = z.strictObject({
  '@id': z.url(),
  '@type': z.literal('dcat:Dataset'),
  'dct:identifier': z.string(),
  'dct:title': Texts,
  'dct:description': Texts,
  'dcat:keyword': Texts,
  'dcat:theme': Ref,
  'dct:publisher': Ref,
  'dct:accrualPeriodicity': Ref,
  'dct:accessRights': Ref,
  'dcat:temporalResolution': typed('xsd:duration', /^PT1H$/),
  'dct:modified': DateTime,
  'dct:temporal': Period,
  'dct:spatial': z
    .strictObject({
      '@type': z.literal('dct:Location'),
      'dcat:bbox': z.strictObject({
        '@type': z.literal('geo:wktLiteral'),
        '@value': z.string().startsWith('POLYGON(('),
      }),
    })
    .optional(),
  'dcat:distribution': z.array(Distribution).min(1),
});
const Catalogue = z.strictObject({
  '@context': z.record(z.string(), z.url()),
  '@id': z.url(),
  '@type': z.literal('dcat:Catalog'),
  'dct:title': Texts,
  'dct:description': Texts,
  'dct:publisher': z.strictObject({
    '@id': z.url(),
    '@type': z.literal('foaf:Agent'),
    'foaf:name': z.string(),
  }),
  'dct:license': Ref,
  'dct:language': z.array(Ref),
  'foaf:homepage': Ref,
  'dct:modified': DateTime.optional(),
  'dcat:dataset': z.array(Dataset),
  'dcat:service': z.strictObject({
    '@id': z.url(),
    '@type': z.literal('dcat:DataService'),
    'dct:title': Texts,
    'dcat:endpointURL': Ref,
    'dcat:endpointDescription': Ref,
    'dct:license': Ref,
    'dct:publisher': Ref,
    'dcat:servesDataset': z.array(Ref),
  }),
});

/** Through text, as a reader gets it. */
const read = (of: PublishedFile[]) =>
  Catalogue.parse(JSON.parse(JSON.stringify(catalogueOf(of, publisher))));

describe('the catalogue', () => {
  it('has the shape of DCAT-AP 3, with or without files', () => {
    expect(read(files)['dcat:dataset'].map((set) => set['dct:identifier'])).toEqual([
      'air',
      'light',
    ]);
    expect(read([])['dcat:dataset']).toEqual([]);
  });

  it('explains every prefix that it uses, itself', () => {
    const text = JSON.stringify(catalogueOf(files, publisher));
    const context = read(files)['@context'];
    const used = [...text.matchAll(/"([a-z]+):[A-Za-z_0-9]+"/g)].map(([, prefix]) => prefix);
    expect(used.length).toBeGreaterThan(50);
    for (const prefix of new Set(used)) expect(context).toHaveProperty(prefix ?? '');
  });

  it('names each thing once, and refers to nothing within itself that is not there', () => {
    const root = 'https://sensors.example.org/api/v1/open-data/catalogue.jsonld';
    const text = JSON.stringify(catalogueOf(files, publisher));
    const names = [...text.matchAll(/"@id":"([^"]+)","@type"/g)].map(([, name]) => name);
    expect(new Set(names).size).toBe(names.length);
    const references = [...text.matchAll(/"@id":"([^"]+)"/g)].map(([, name]) => name);
    const own = references.filter((name) => name?.startsWith(`${root}#`));
    expect(own.filter((name) => !names.includes(name))).toEqual([]);
  });

  it('lists every version, the corrected one as deprecated', () => {
    const [air] = read(files)['dcat:dataset'];
    const versions = air?.['dcat:distribution'].map((one) => [
      one['dcat:downloadURL']['@id'].split('/').slice(-2).join('/'),
      one['adms:status']['@id'].split('/').at(-1),
    ]);
    expect(versions).toEqual([
      ['air/2026-10.csv.gz', 'DEPRECATED'],
      ['air/2026-10.r2.csv.gz', 'COMPLETED'],
    ]);
  });

  it('says the span and the place of the data', () => {
    const [air, light] = read(files)['dcat:dataset'];
    expect(air?.['dct:temporal']['dcat:startDate']['@value']).toBe('2026-10-01T00:00:00+01:00');
    expect(air?.['dct:temporal']['dcat:endDate']['@value']).toBe('2026-11-01T00:00:00+01:00');
    expect(air?.['dct:spatial']?.['dcat:bbox']['@value']).toBe(
      'POLYGON((9.9 48.3, 10.1 48.3, 10.1 48.5, 9.9 48.5, 9.9 48.3))',
    );
    expect(light?.['dct:spatial']).toBeUndefined();
  });
});
