import type { DeviceKind } from '../../broker/contract/device.ts';
import { metricOf } from '../../broker/contract/metrics.ts';
import { legalTime } from './months.ts';
import { newestOf, type PublishedFile } from './shelf.ts';

/** What the catalogue says of the installation. */
export interface Publisher {
  name: string;
  /** URL of the licence of everything in it. */
  licence: string;
  /** Where the outside reaches the API, without a slash at the end. */
  publicUrl: string;
}

/** Path of the published files, below the public URL. */
export const openDataPath = '/api/v1/open-data';

/** Terms as they stand in DCAT-AP 3; inline, so that nobody has to fetch anything to read the catalogue. */
const context = {
  dcat: 'http://www.w3.org/ns/dcat#',
  dct: 'http://purl.org/dc/terms/',
  foaf: 'http://xmlns.com/foaf/0.1/',
  spdx: 'http://spdx.org/rdf/terms#',
  adms: 'http://www.w3.org/ns/adms#',
  dcatap: 'http://data.europa.eu/r5r/',
  locn: 'http://www.w3.org/ns/locn#',
  geo: 'http://www.opengis.net/ont/geosparql#',
  xsd: 'http://www.w3.org/2001/XMLSchema#',
};

const authority = 'http://publications.europa.eu/resource/authority';
const id = (iri: string) => ({ '@id': iri });
const typed = (type: string, value: string | number) => ({
  '@type': `xsd:${type}`,
  '@value': String(value),
});
const instant = (at: number) => typed('dateTime', new Date(at).toISOString());
const inTwo = ([en, de]: readonly [string, string]) => [
  { '@language': 'en', '@value': en },
  { '@language': 'de', '@value': de },
];

const kindTitles: Readonly<Record<DeviceKind, readonly [en: string, de: string]>> = {
  air: ['Air quality', 'Luftqualität'],
  light: ['Street lighting', 'Straßenbeleuchtung'],
  waste: ['Waste containers', 'Abfallbehälter'],
  noise: ['Noise', 'Lärm'],
  weather: ['Weather', 'Wetter'],
  other: ['Other sensors', 'Weitere Sensoren'],
};

/**
 * The catalogue of the public series in DCAT-AP 3 as JSON-LD: a dataset for each kind of device, a distribution for
 * each monthly file, the API as data service. Corrected files stay listed, marked as deprecated.
 */
export function catalogueOf(files: readonly PublishedFile[], publisher: Publisher): object {
  const root = `${publisher.publicUrl}${openDataPath}/catalogue.jsonld`;
  const kinds = [...new Set(files.map(({ kind }) => kind))].sort();
  const datasets = kinds.map((kind) => {
    const own = files.filter((file) => file.kind === kind).sort(byMonth);
    return datasetOf({ kind, own, root }, publisher);
  });
  return {
    '@context': context,
    '@id': root,
    '@type': 'dcat:Catalog',
    'dct:title': inTwo([`Sensor data of ${publisher.name}`, `Sensordaten: ${publisher.name}`]),
    'dct:description': inTwo([
      'Hourly values of public sensors, in monthly files.',
      'Stundenwerte öffentlicher Sensoren in monatlichen Dateien.',
    ]),
    'dct:publisher': agentOf(root, publisher),
    'dct:license': id(publisher.licence),
    'dct:language': [id(`${authority}/language/ENG`), id(`${authority}/language/DEU`)],
    'foaf:homepage': id(`${publisher.publicUrl}/`),
    ...modified(files),
    'dcat:dataset': datasets,
    'dcat:service': serviceOf(root, publisher, datasets),
  };
}

function agentOf(root: string, { name }: Publisher): object {
  return { '@id': `${root}#publisher`, '@type': 'foaf:Agent', 'foaf:name': name };
}

function serviceOf(
  root: string,
  { licence, publicUrl }: Publisher,
  datasets: readonly { '@id': string }[],
): object {
  return {
    '@id': `${root}#api`,
    '@type': 'dcat:DataService',
    'dct:title': inTwo(['HTTP API', 'HTTP-Schnittstelle']),
    'dcat:endpointURL': id(`${publicUrl}/api/v1`),
    'dcat:endpointDescription': id(`${publicUrl}/api/v1/openapi.json`),
    'dct:license': id(licence),
    'dct:publisher': id(`${root}#publisher`),
    'dcat:servesDataset': datasets.map((dataset) => id(dataset['@id'])),
  };
}

interface Group {
  kind: DeviceKind;
  /** Files of the kind, oldest month first. */
  own: PublishedFile[];
  root: string;
}

function datasetOf({ kind, own, root }: Group, publisher: Publisher) {
  const [en, de] = kindTitles[kind];
  const metrics = [...new Set(own.flatMap((file) => file.metrics))].sort().map(metricOf);
  const listed = (language: 'en' | 'de') => metrics.map(({ label }) => label[language]).join(', ');
  const newest = new Set(newestOf(own));
  return {
    '@id': `${root}#${kind}`,
    '@type': 'dcat:Dataset',
    'dct:identifier': kind,
    'dct:title': inTwo([`${en}: hourly values`, `${de}: Stundenwerte`]),
    'dct:description': inTwo([
      `${listed('en')}. Each hour of each sensor with start, end, coverage, samples by quality flag and validity ` +
        '(-1: samples for less than 75 % of the hour). Months and times are in fixed UTC+1. Values of low-cost ' +
        'sensors are indicative and not for compliance.',
      `${listed('de')}. Jede Stunde jedes Sensors mit Beginn, Ende, Abdeckung, Messwerten je Qualitätsstufe und ` +
        'Gültigkeit (-1: Messwerte für weniger als 75 % der Stunde). Monate und Zeiten in fester Zeitzone UTC+1. ' +
        'Werte einfacher Sensoren sind orientierend und kein Nachweis nach Richtlinie.',
    ]),
    'dcat:keyword': metrics.map(({ label }) => ({ '@language': 'en', '@value': label.en })),
    'dcat:theme': id(`${authority}/data-theme/ENVI`),
    'dct:publisher': id(`${root}#publisher`),
    'dct:accrualPeriodicity': id(`${authority}/frequency/MONTHLY`),
    'dct:accessRights': id(`${authority}/access-right/PUBLIC`),
    'dcat:temporalResolution': typed('duration', 'PT1H'),
    ...modified(own),
    'dct:temporal': periodOf(
      Math.min(...own.map(({ from }) => from)),
      Math.max(...own.map(({ to }) => to)),
    ),
    ...spatialOf(own),
    'dcat:distribution': own.map((file) =>
      distributionOf(file, { root, isNewest: newest.has(file) }, publisher),
    ),
  };
}

const formats = {
  csv: {
    'dct:format': id(`${authority}/file-type/CSV`),
    'dcat:mediaType': id('https://www.iana.org/assignments/media-types/text/csv'),
    'dcat:compressFormat': id('https://www.iana.org/assignments/media-types/application/gzip'),
  },
  parquet: {
    'dct:format': id(`${authority}/file-type/PARQUET`),
    'dcat:mediaType': id(
      'https://www.iana.org/assignments/media-types/application/vnd.apache.parquet',
    ),
  },
};

function distributionOf(
  file: PublishedFile,
  { root, isNewest }: { root: string; isNewest: boolean },
  { licence, publicUrl }: Publisher,
): object {
  const { kind, month, name, revision } = file;
  const url = `${publicUrl}${openDataPath}/${kind}/${name}`;
  const status = isNewest ? 'COMPLETED' : 'DEPRECATED';
  const [en, de] = kindTitles[kind];
  const version = revision === 1 ? ['', ''] : [`, version ${revision}`, `, Fassung ${revision}`];
  return {
    '@id': url,
    '@type': 'dcat:Distribution',
    'dct:title': inTwo([`${en} ${month}${version[0]}`, `${de} ${month}${version[1]}`]),
    'dcat:accessURL': id(`${root}#${kind}`),
    'dcat:downloadURL': id(url),
    ...formats[file.format],
    'dcat:byteSize': typed('nonNegativeInteger', file.bytes),
    'spdx:checksum': {
      '@type': 'spdx:Checksum',
      'spdx:algorithm': id('spdx:checksumAlgorithm_sha256'),
      'spdx:checksumValue': typed('hexBinary', file.sha256),
    },
    'dct:license': id(licence),
    'dct:issued': instant(file.publishedAt),
    'dct:temporal': periodOf(file.from, file.to),
    'adms:status': id(`${authority}/distribution-status/${status}`),
    'dcatap:availability': id(`${authority}/planned-availability/STABLE`),
  };
}

function periodOf(from: number, to: number): object {
  return {
    '@type': 'dct:PeriodOfTime',
    'dcat:startDate': typed('dateTime', legalTime(from)),
    'dcat:endDate': typed('dateTime', legalTime(to)),
  };
}

function spatialOf(files: readonly PublishedFile[]): object {
  const boxes = files.flatMap(({ bbox }) => (bbox ? [bbox] : []));
  if (boxes.length === 0) return {};
  const west = Math.min(...boxes.map(([value]) => value));
  const south = Math.min(...boxes.map(([, value]) => value));
  const east = Math.max(...boxes.map(([, , value]) => value));
  const north = Math.max(...boxes.map(([, , , value]) => value));
  const corners = [
    [west, south],
    [east, south],
    [east, north],
    [west, north],
    [west, south],
  ].map((corner) => corner.join(' '));
  return {
    'dct:spatial': {
      '@type': 'dct:Location',
      'dcat:bbox': { '@type': 'geo:wktLiteral', '@value': `POLYGON((${corners.join(', ')}))` },
    },
  };
}

function modified(files: readonly PublishedFile[]): object {
  if (files.length === 0) return {};
  return { 'dct:modified': instant(Math.max(...files.map(({ publishedAt }) => publishedAt))) };
}

function byMonth(a: PublishedFile, b: PublishedFile): number {
  return a.from - b.from || a.revision - b.revision || (a.format < b.format ? -1 : 1);
}
