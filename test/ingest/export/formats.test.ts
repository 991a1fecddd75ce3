import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parquetMetadata, parquetReadObjects } from 'hyparquet';
import readXlsxFile from 'read-excel-file/node';
import { describe, expect, it } from 'vitest';
import { ExportRefused } from '../../../ingest/export/port.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import {
  bytesOf,
  dayMs,
  exportsOf,
  hourMs,
  made,
  minuteMs,
  reading,
  request,
  seriesOf,
  start,
  textOf,
} from './support.ts';

const crlf = '\r\n';
const rawHeader = 'device,metric,unit,at,value,flag,reasons,received_at';

/** Opens a CSV file with Python's csv module. */
function python(bytes: Buffer, delimiter: string, encoding: string): string[][] {
  const path = join(tempFolder(), 'file.csv');
  writeFileSync(path, bytes);
  const script = `import csv, json, sys
with open(sys.argv[1], newline='', encoding=sys.argv[3]) as file:
    print(json.dumps(list(csv.reader(file, delimiter=sys.argv[2], strict=True))))`;
  const output = execFileSync('python3', ['-c', script, path, delimiter, encoding]);
  return JSON.parse(output.toString('utf8')) as string[][];
}

const parquetRows = (bytes: Buffer) =>
  parquetReadObjects({ file: new Uint8Array(bytes).buffer as ArrayBuffer });

describe('raw rows as CSV', () => {
  it('say device, metric, unit, instants with an offset, value, flag, the names of reasons', async () => {
    const { exports } = await exportsOf([
      reading(start, 12.5, { flag: 1 }),
      reading(start + 7, 0.1, { flag: 4, reasons: 1 | 4, receivedAt: start + 1_000 }),
    ]);
    expect(await textOf(exports)).toBe(
      [
        rawHeader,
        'ulm/a1,pm10,µg/m³,2026-03-01T00:00:00.000Z,12.5,1,,2026-03-01T00:00:00.500Z',
        'ulm/a1,pm10,µg/m³,2026-03-01T00:00:00.007Z,0.1,4,range step,2026-03-01T00:00:01.000Z',
        '',
      ].join(crlf),
    );
  });

  it('include the start of the span and not its end', async () => {
    const { exports } = await exportsOf(
      [start - 1, start, start + dayMs - 1, start + dayMs].map((at, index) => reading(at, index)),
    );
    const text = await textOf(exports, { from: start, to: start + dayMs });
    expect(
      text
        .split(crlf)
        .slice(1, -1)
        .map((row) => row.split(',')[4]),
    ).toEqual(['1.0', '2.0']);
  });

  it('are a header when there is nothing', async () => {
    const { exports } = await exportsOf([reading(start, 1)]);
    const nothing = { from: start + dayMs, to: start + 2 * dayMs };
    expect(await textOf(exports, nothing)).toBe(`${rawHeader}${crlf}`);
    expect(await textOf(exports, { series: [] })).toBe(`${rawHeader}${crlf}`);
  });

  it('are opened by Python, and so is the German variant with decimal comma and byte order mark', async () => {
    const { exports } = await exportsOf([reading(start, 12.25, { flag: 1 })]);
    const cells = ['2026-03-01T00:00:00.000Z', '12.25', '1', '', '2026-03-01T00:00:00.500Z'];
    expect(python(await made(exports), ',', 'utf-8')).toEqual([
      rawHeader.split(','),
      ['ulm/a1', 'pm10', 'µg/m³', ...cells],
    ]);
    const german = await made(exports, { variant: 'de' });
    expect([...german.subarray(0, 3)]).toEqual([0xef, 0xbb, 0xbf]);
    expect(python(german, ';', 'utf-8-sig')).toEqual([
      rawHeader.split(','),
      ['ulm/a1', 'pm10', 'µg/m³', ...cells.with(1, '12,25')],
    ]);
  });

  it('hold no cell that a spreadsheet takes for a formula', async () => {
    const { exports } = await exportsOf([reading(start, -1, { device: '-1+cmd/x' as 'a/b' })]);
    const series = [seriesOf('pm10', '-1+cmd/x')];
    const [, row] = (await textOf(exports, { series })).split(crlf);
    expect(row?.split(',')[0]).toBe("'-1+cmd/x");
    expect(row?.split(',')[4]).toBe('-1.0');
  });

  it('are not confused by quotes in names, which no id can have', async () => {
    const hostile = `x'); DROP TABLE raw; --/"a,b"` as `${string}/${string}`;
    const { exports, store } = await exportsOf([
      reading(start, 1),
      reading(start, 2, { device: hostile }),
    ]);
    const rows = python(await made(exports, { series: [seriesOf('pm10', hostile)] }), ',', 'utf-8');
    expect(rows[1]?.[0]).toBe(hostile);
    expect((await store.latest()).length).toBe(2);
  });
});

describe('order', () => {
  const readings = [0, 1, 2].flatMap((day) =>
    ['ulm/b', 'ulm/a'].flatMap((device) =>
      ['pm10', 'pm2_5'].flatMap((metric) =>
        [3, 1, 2].map((minute) =>
          reading(start + day * dayMs + minute * minuteMs, minute, {
            device: device as 'ulm/a',
            metric: metric as 'pm10',
          }),
        ),
      ),
    ),
  );
  const series = [
    seriesOf('pm10', 'ulm/a'),
    seriesOf('pm2_5', 'ulm/a'),
    seriesOf('pm10', 'ulm/b'),
    seriesOf('pm2_5', 'ulm/b'),
  ];
  const expected = [0, 1, 2].flatMap((day) =>
    series.flatMap(({ device, metric }) =>
      [1, 2, 3].map((minute) =>
        [device, metric, new Date(start + day * dayMs + minute * minuteMs).toISOString()].join(),
      ),
    ),
  );

  it.each([400_000, 7, 2])(
    'is by day, device, metric, time with slices of %i rows',
    async (sliceRowsMax) => {
      const { exports } = await exportsOf(readings, { sliceRowsMax });
      const text = await textOf(exports, { series, to: start + 3 * dayMs });
      const rows = text
        .split(crlf)
        .slice(1, -1)
        .map((row) => row.split(','));
      expect(rows.map(([device, metric, , at]) => [device, metric, at].join())).toEqual(expected);
    },
  );

  it('does not depend on the size of slices in any format', async () => {
    const one = await exportsOf(readings);
    const many = await exportsOf(readings, { sliceRowsMax: 3 });
    const wanted = { series, to: start + 3 * dayMs };
    for (const format of ['csv', 'ndjson', 'geojson', 'line'] as const) {
      expect(await textOf(many.exports, { ...wanted, format })).toBe(
        await textOf(one.exports, { ...wanted, format }),
      );
    }
    expect(await parquetRows(await made(many.exports, { ...wanted, format: 'parquet' }))).toEqual(
      await parquetRows(await made(one.exports, { ...wanted, format: 'parquet' })),
    );
  });
});

describe('other formats of raw rows', () => {
  const readings = [
    reading(start, 12.5, { flag: 1 }),
    reading(start + minuteMs, -0.25, { flag: 3, reasons: 2 }),
  ];
  const location = { lat: 48.4, lon: 9.99 };

  it('NDJSON has an object a line', async () => {
    const { exports } = await exportsOf(readings);
    const lines = (await textOf(exports, { format: 'ndjson' })).trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      {
        device: 'ulm/a1',
        metric: 'pm10',
        unit: 'µg/m³',
        at: '2026-03-01T00:00:00.000Z',
        value: 12.5,
        flag: 1,
        reasons: '',
        received_at: '2026-03-01T00:00:00.500Z',
      },
      {
        device: 'ulm/a1',
        metric: 'pm10',
        unit: 'µg/m³',
        at: '2026-03-01T00:01:00.000Z',
        value: -0.25,
        flag: 3,
        reasons: 'unusual',
        received_at: '2026-03-01T00:01:00.500Z',
      },
    ]);
  });

  it('GeoJSON has a feature a row at the place of the device, none where it is not known', async () => {
    const { exports } = await exportsOf([...readings, reading(start, 5, { device: 'ulm/b' })]);
    const series = [{ ...seriesOf(), location }, seriesOf('pm10', 'ulm/b')];
    const collection = JSON.parse(await textOf(exports, { series, format: 'geojson' }));
    expect(collection.type).toBe('FeatureCollection');
    const [first, , third] = collection.features;
    expect(first.geometry).toEqual({ type: 'Point', coordinates: [9.99, 48.4] });
    expect(first.properties.value).toBe(12.5);
    expect(third.geometry).toBeNull();
    const none = { series: [], format: 'geojson' } as const;
    expect(JSON.parse(await textOf(exports, none)).features).toEqual([]);
  });

  it('line protocol has tags, value first and milliseconds', async () => {
    const { exports } = await exportsOf(readings);
    expect(await textOf(exports, { format: 'line' })).toBe(
      `pm10,device=a1,provider=ulm value=12.5,flag=1i,received_at=${start + 500}i ${start}\n` +
        `pm10,device=a1,provider=ulm value=-0.25,flag=3i,received_at=${start + minuteMs + 500}i ${start + minuteMs}\n`,
    );
  });

  it('Parquet has types, is read by another implementation, and is one file of many slices', async () => {
    const many = Array.from({ length: 100 }, (_, index) =>
      reading(start + index * 28 * minuteMs, index / 8),
    );
    const { exports } = await exportsOf(many, { sliceRowsMax: 40 });
    const bytes = await made(exports, { format: 'parquet' });
    const metadata = parquetMetadata(new Uint8Array(bytes).buffer as ArrayBuffer);
    expect(Number(metadata.num_rows)).toBe(100);
    expect(metadata.row_groups.length).toBeGreaterThanOrEqual(3);
    expect(metadata.schema.slice(1).map(({ name }) => name)).toEqual(rawHeader.split(','));
    const rows = await parquetRows(bytes);
    expect(rows.length).toBe(100);
    expect(rows[0]).toEqual({
      device: 'ulm/a1',
      metric: 'pm10',
      unit: 'µg/m³',
      at: new Date(start),
      value: 0,
      flag: 2,
      reasons: '',
      received_at: new Date(start + 500),
    });
    expect(rows.map(({ value }) => value)).toEqual(many.map(({ value }) => value));
    const empty = await made(exports, { format: 'parquet', from: 0, to: 1 });
    expect(await parquetRows(empty)).toEqual([]);
    expect(await parquetRows(await made(exports, { format: 'parquet', series: [] }))).toEqual([]);
  });

  it('XLSX has numbers as numbers and instants as dates', async () => {
    const { exports } = await exportsOf(readings);
    const bytes = await made(exports, { format: 'xlsx' });
    const sheets = (await readXlsxFile(bytes)) as unknown;
    const rows = (
      Array.isArray(sheets) && 'data' in (sheets[0] as object)
        ? (sheets[0] as { data: unknown[][] }).data
        : sheets
    ) as unknown[][];
    expect(rows[0]).toEqual([
      'device',
      'metric',
      'unit',
      'at (UTC)',
      'value',
      'flag',
      'reasons',
      'received_at (UTC)',
    ]);
    expect(rows[1]?.slice(0, 6)).toEqual(['ulm/a1', 'pm10', 'µg/m³', new Date(start), 12.5, 1]);
    expect(rows.length).toBe(3);
  });
});

describe('tiers', () => {
  const hours = (count: number, per: number) =>
    Array.from({ length: count }, (_, index) =>
      reading(
        start + Math.floor(index / per) * hourMs + (index % per) * minuteMs,
        10 + (index % 4),
        { flag: 1 },
      ),
    );

  async function withTiers() {
    const opened = await exportsOf([
      ...hours(60, 60),
      ...hours(1, 1).map((row) => ({ ...row, at: start + 2 * hourMs })),
    ]);
    const windows = [0, 1, 2].flatMap((hour) =>
      Array.from({ length: 60 }, (_, minute) => start + hour * hourMs + minute * minuteMs),
    );
    const of = { device: 'ulm/a1', metric: 'pm10', intervalMs: minuteMs } as const;
    const now = start + dayMs;
    await opened.store.rollUp(
      '1m',
      windows.map((at) => ({ ...of, start: at })),
      now,
    );
    await opened.store.rollUp(
      '1h',
      [0, 1, 2].map((hour) => ({ ...of, start: start + hour * hourMs })),
      now,
    );
    return opened;
  }

  it('have start and end, coverage, counts, validity; windows without data are rows without a value', async () => {
    const { exports } = await withTiers();
    const wanted = { resolution: '1h', gaps: true, to: start + 4 * hourMs } as const;
    const [header, ...rows] = python(await made(exports, wanted), ',', 'utf-8');
    const column = (name: string) => rows.map((row) => row[header?.indexOf(name) ?? -1]);
    expect(column('start')).toEqual(
      [0, 1, 2, 3].map((hour) => new Date(start + hour * hourMs).toISOString()),
    );
    expect(column('end')[0]).toBe(new Date(start + hourMs).toISOString());
    expect(column('mean')).toEqual(['11.5', '', '10.0', '']);
    expect(column('count')).toEqual(['60', '0', '1', '0']);
    expect(column('expected')).toEqual(['60.0', '60.0', '60.0', '60.0']);
    expect(column('good')).toEqual(['60', '0', '1', '0']);
    expect(column('validity')).toEqual(['1', '-1', '-1', '-1']);
    expect(column('result_time')).toEqual([
      new Date(start + dayMs).toISOString(),
      '',
      new Date(start + dayMs).toISOString(),
      '',
    ]);
    const without = python(await made(exports, { ...wanted, gaps: false }), ',', 'utf-8');
    expect(without.length).toBe(3);
    const lines = await textOf(exports, { ...wanted, gaps: false, format: 'line' });
    expect(lines).toMatch(/^pm10,device=a1,provider=ulm mean=11.5,/);
  });

  it('of series that were never written are all gaps when they are asked for by name', async () => {
    const { exports } = await withTiers();
    const series = [seriesOf('no2')];
    const wanted = { series, resolution: '1h', gaps: true, to: start + 2 * hourMs } as const;
    expect((await textOf(exports, { ...wanted, keepUnknown: true })).split(crlf).length).toBe(4);
    expect((await textOf(exports, wanted)).split(crlf).length).toBe(2);
  });

  it('have the columns of the EEA as Parquet: exact decimals, times in fixed UTC+1', async () => {
    const { exports } = await withTiers();
    const wanted = {
      resolution: '1h',
      gaps: true,
      to: start + 2 * hourMs,
      format: 'parquet',
      columns: 'eea',
      country: 'DE',
      series: [{ ...seriesOf(), station: { method: 'maker', samplingPoint: 'DEBW118' } }],
    } as const;
    const rows = await parquetRows(await made(exports, wanted));
    expect(rows).toEqual([
      {
        Samplingpoint: 'DE/DEBW118',
        Pollutant: 5,
        Start: new Date(start + hourMs),
        End: new Date(start + 2 * hourMs),
        Value: 11.5,
        Unit: 'ug.m-3',
        AggType: 'hour',
        Validity: 1,
        Verification: 3,
        ResultTime: new Date(start + dayMs + hourMs),
        DataCapture: 100,
        FkObservationLog: 'ulm/a1/pm10/1h',
      },
      expect.objectContaining({ Value: null, Validity: -1, ResultTime: null, DataCapture: 0 }),
    ]);
    const schema = parquetMetadata(
      new Uint8Array(await made(exports, wanted)).buffer as ArrayBuffer,
    ).schema;
    expect(schema.find(({ name }) => name === 'Value')).toMatchObject({ precision: 38, scale: 18 });
    const csv = python(await made(exports, { ...wanted, format: 'csv' }), ',', 'utf-8');
    expect(csv[1]?.slice(0, 7)).toEqual([
      'DE/DEBW118',
      '5',
      '2026-03-01 01:00:00+01:00',
      '2026-03-01 02:00:00+01:00',
      '11.5',
      'ug.m-3',
      'hour',
    ]);
  });

  it('of the EEA are refused for what it has no code or period for', async () => {
    const { exports } = await exportsOf([]);
    const start = (more: object) => () => exports.start(request({ columns: 'eea', ...more }));
    expect(start({ format: 'parquet' })).toThrow(ExportRefused);
    expect(start({ format: 'xlsx', resolution: '1h' })).toThrow(/format/);
    const temperature = { series: [seriesOf('temperature')], resolution: '1h' };
    expect(start(temperature)).toThrow(/pm10/);
  });
});

describe('the sidecar', () => {
  it('has the checksum of the file as it was read, its size and rows', async () => {
    const { exports } = await exportsOf([reading(start, 1), reading(start + 1, 2)]);
    const job = exports.start(request());
    const bytes = await bytesOf(job);
    await job.finished();
    const { file, licence, flags } = job.metadata() as {
      file: { sha256: string; bytes: number; rows: number; name: string };
      licence: string;
      flags: { reasons: { name: string; bit: number }[] };
    };
    expect(file.sha256).toBe(createHash('sha256').update(bytes).digest('hex'));
    expect(file).toMatchObject({ bytes: bytes.length, rows: 2 });
    expect(file.name).toBe('ulm-a1_raw_2026-03-01_2026-03-02.csv');
    expect(licence).toBe('CC-BY-4.0');
    expect(flags.reasons[0]).toMatchObject({ name: 'range', bit: 1 });
  });
});
