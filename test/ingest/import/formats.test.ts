import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { importFile, now, rejectedOf } from './bench.ts';

const at = now - 3_600_000;
const iso = new Date(at).toISOString();

describe('an imported CSV file', () => {
  it('is our own export, both variants', async () => {
    const columns = ['device', 'metric', 'unit', 'at', 'value', 'flag', 'reasons', 'received_at'];
    const row = ['ulm/a', 'pm10', 'µg/m³', iso, '12.5', '3', 'unusual', iso];
    const plain = await importFile('csv', `${columns.join(',')}\r\n${row.join(',')}\r\n`);
    const german = await importFile(
      'csv',
      `\uFEFF${columns.join(';')}\r\n${row.join(';').replace('12.5', '12,5')}\r\n`,
    );
    for (const { readings, report } of [plain, german]) {
      expect(readings).toEqual([{ device: 'ulm/a', metric: 'pm10', at, value: 12.5 }]);
      expect(report.columnsIgnored).toEqual(['flag', 'reasons', 'received_at']);
      expect(report).toMatchObject({ rows: 1, readings: 1, accepted: 1, complete: true });
    }
  });

  it('may have a column for each metric, and empty cells where nothing was measured', async () => {
    const text = `device,at,pm10,pm2_5\nulm/a,${iso},1.5,\nulm/b,${at / 1000},,2\n`;
    const { readings, report } = await importFile('csv', text);
    expect(readings).toEqual([
      { device: 'ulm/a', metric: 'pm10', at, value: 1.5 },
      { device: 'ulm/b', metric: 'pm2_5', at, value: 2 },
    ]);
    expect(report).toMatchObject({ rows: 2, notMeasured: 2, deviceCount: 2, first: at, last: at });
  });

  it('may be about one device, with any order of columns, quotes, comments and blank lines', async () => {
    const text = `# from the old system\n"value","metric","time"\n\n"1.5","pm10","${iso}"\n`;
    const { readings } = await importFile('csv', text, { request: { device: 'ulm/a' } });
    expect(readings).toEqual([{ device: 'ulm/a', metric: 'pm10', at, value: 1.5 }]);
  });

  it.each([
    ['nothing', ''],
    ['blank lines', '\n\n'],
    ['no header', `ulm/a,pm10,${iso},1\n`],
    ['the header of rolled-up values', 'device,metric,start,end,mean,min,max\n'],
    ['a column twice', 'device,at,pm10,pm10\n'],
    ['no time', 'device,metric,value\n'],
    ['something else altogether', '<html><body>404</body></html>'],
  ])('with %s is refused as a whole', async (_what, text) => {
    await expect(importFile('csv', text)).rejects.toMatchObject({
      code: 'unreadable-file',
      report: { accepted: 0, complete: false },
    });
  });

  it('may be an export without a row', async () => {
    const { report } = await importFile('csv', 'device,metric,at,value\n');
    expect(report).toMatchObject({ rows: 0, accepted: 0, complete: true });
  });

  it('names line, field and what was got of each value that it rejects, and takes the rest', async () => {
    const old = new Date(now - 100 * 86_400_000).toISOString();
    const lines = [
      'device,metric,unit,at,value',
      `ulm/a,pm10,,${iso},NaN`,
      `ulm/a,pm10,,${iso},1e999`,
      `ulm/a,pm10,,${iso},5000`,
      `ulm/a,ozone_guess,,${iso},1`,
      'ulm/a,pm10,,2026-11-22 09:00:00,1',
      'ulm/a,pm10,,,1',
      `ulm/a,pm10,,2027-01-01T00:00:00Z,1`,
      `ulm/a,pm10,,${old},1`,
      `ulm/a,co,µg/m³,${iso},1`,
      `ulm/a,pm10,,${iso}`,
      `ulm/a,pm10,,${iso},"1`,
      `../../etc/passwd,pm10,,${iso},1`,
      `,pm10,,${iso},1`,
      `ulm/a,pm10,,${iso},7`,
    ];
    const { report, readings, rejectedByIngest } = await importFile('csv', lines.join('\n'));
    expect(readings.map(({ value }) => value)).toEqual([7]);
    expect(rejectedOf(report)).toEqual({
      'not-a-number': 1,
      'out-of-range': 2,
      'unknown-metric': 1,
      'invalid-timestamp': 2,
      'future-timestamp': 1,
      'expired-timestamp': 1,
      'unknown-unit': 1,
      'malformed-payload': 2,
      'unknown-device': 2,
    });
    // Those with a device and a shape went to ingest too, which counted and kept them like a device's.
    expect(rejectedByIngest).toBe(8);
    const examples = report.rejected.flatMap(({ examples: found }) => found);
    expect(examples.map(({ line }) => line).sort((a, b) => a - b)).toEqual(
      lines.slice(1, -1).map((_, index) => index + 2),
    );
    const detailOf = (line: number) => examples.find((example) => example.line === line)?.detail;
    expect(detailOf(2)).toContain('"NaN"');
    expect(detailOf(9)).toContain('RETAIN_RAW');
    expect(detailOf(10)).toBe('co is in mg/m³, got "µg/m³"');
    expect(detailOf(11)).toContain('the header has 5 fields, got 4');
    expect(detailOf(13)).toContain('../../etc/passwd');
    expect(report.readings).toBe(report.accepted + 10);
  });

  it('takes a decimal comma only where the comma does not split', async () => {
    const { report } = await importFile('csv', `device,at,pm10\nulm/a,${iso},1,5\n`);
    expect(rejectedOf(report)).toEqual({ 'malformed-payload': 1 });
    const german = await importFile('csv', `device;at;pm10\nulm/a;${iso};1.234,5\n`);
    expect(rejectedOf(german.report)).toEqual({ 'not-a-number': 1 });
  });

  it('has metrics called like properties of every object refused like any unknown one', async () => {
    const names = ['__proto__', 'constructor', 'toString'];
    const rows = names.map((name) => `ulm/a,${name},${iso},1`);
    const { report, rejectedByIngest } = await importFile(
      'csv',
      ['device,metric,at,value', ...rows].join('\n'),
    );
    expect(rejectedOf(report)).toEqual({ 'unknown-metric': 3 });
    expect(rejectedByIngest).toBe(3);
  });
});

describe('imported lines of JSON', () => {
  it('name a metric, or have metrics by name', async () => {
    const long = { device: 'ulm/a', metric: 'pm10', unit: 'µg/m³', at, value: 1, flag: 1 };
    const wide = { device: 'ulm/a', at: iso, pm10: 2, pm2_5: null };
    const text = `${JSON.stringify(long)}\r\n\r\n${JSON.stringify(wide)}\n`;
    const { readings, report } = await importFile('ndjson', text);
    expect(readings.map(({ value }) => value)).toEqual([1, 2]);
    expect(report).toMatchObject({ rows: 2, notMeasured: 1, columnsIgnored: ['unit', 'flag'] });
  });

  it('that are none are rejected one by one', async () => {
    const lines = [
      '{"device":"ulm/a","at":1,',
      '[]',
      'null',
      '"x"',
      '{"device":7,"at":1,"pm10":1}',
      '{"device":"ulm/a","metric":"pm10","at":1}',
      '{"device":"ulm/a","metric":3,"at":1,"value":1}',
      '{"device":"ulm/a","pm10":1}',
      `{"device":"ulm/a","at":"${iso}","pm10":{"x":1}}`,
    ];
    const { report, readings } = await importFile('ndjson', lines.join('\n'));
    expect(readings).toEqual([]);
    expect(rejectedOf(report)).toEqual({
      'malformed-payload': 7,
      'invalid-timestamp': 1,
      'not-a-number': 1,
    });
  });
});

describe('imported line protocol', () => {
  it('has metrics as fields, or one as value', async () => {
    const ns = `${at}000000`;
    const text = [
      '# a comment',
      `readings,device=ulm/a pm10=1.5,pm2_5=2i ${ns}`,
      `pm10,device=ulm/b value=3,flag=1i ${at}`,
      `raw,device=ulm/c,metric=noise value=40 ${at / 1000}`,
      `lamps,provider=ulm,device=d lamp_on=t,note="a, b = \\"c\\"" ${ns}`,
    ];
    const { readings, report } = await importFile('line', text.join('\n'));
    expect(readings).toEqual([
      { device: 'ulm/a', metric: 'pm10', at, value: 1.5 },
      { device: 'ulm/a', metric: 'pm2_5', at, value: 2 },
      { device: 'ulm/b', metric: 'pm10', at, value: 3 },
      { device: 'ulm/c', metric: 'noise', at, value: 40 },
      { device: 'ulm/d', metric: 'lamp_on', at, value: 1 },
    ]);
    expect(rejectedOf(report)).toEqual({ 'unknown-metric': 1 });
    expect(report.columnsIgnored).toEqual(['flag']);
  });

  it('that is broken is rejected line by line', async () => {
    const text = ['pm10', 'pm10,device=ulm/a', 'pm10,device value=1 1', 'm,device=ulm/a pm10= 1'];
    const { report } = await importFile('line', [...text, 'm,device=ulm/a pm10=1'].join('\n'));
    expect(rejectedOf(report)).toEqual({ 'malformed-payload': 4, 'invalid-timestamp': 1 });
  });
});

describe('an imported file of the sensor.community archive', () => {
  const stamp = iso.slice(0, 19);

  it('has PM10 in P1 and PM2.5 in P2, and UTC without saying so', async () => {
    const text = `sensor_id;sensor_type;location;lat;lon;timestamp;P1;durP1;ratioP1;P2;durP2;ratioP2
92;SDS011;42;48.800;9.003;${stamp};12.5;;;8.1;;
`;
    const { readings, report } = await importFile('sensor-community', text, {
      request: { provider: 'ulm' },
    });
    const device = 'ulm/sensor-community-92';
    expect(readings).toEqual([
      { device, metric: 'pm10', at, value: 12.5 },
      { device, metric: 'pm2_5', at, value: 8.1 },
    ]);
    expect(report.columnsIgnored).toEqual(['durP1', 'ratioP1', 'durP2', 'ratioP2']);
  });

  it('of climate sensors has pressure in Pa', async () => {
    const bme = `sensor_id;sensor_type;location;lat;lon;timestamp;pressure;altitude;pressure_sealevel;temperature;humidity
141;BME280;61;48.7;9.1;${stamp};96543.21;;;-3.42;92.9
`;
    const dht = `sensor_id;sensor_type;location;lat;lon;timestamp;temperature;humidity
93;DHT22;42;48.800;9.003;${stamp};2.30;99.90
`;
    const request = { device: 'ulm/roof' as const };
    const first = await importFile('sensor-community', bme, { request });
    const second = await importFile('sensor-community', dht, { request });
    const values = [...first.readings, ...second.readings].map(({ metric, value }) => [
      metric,
      value,
    ]);
    expect(values).toEqual([
      ['pressure', 965.4321],
      ['temperature', -3.42],
      ['relative_humidity', 92.9],
      ['temperature', 2.3],
      ['relative_humidity', 99.9],
    ]);
    expect(first.report.notMeasured).toBe(1);
  });

  it('of a counting sensor, or of several sensors for one device, is not taken for something else', async () => {
    const head = 'sensor_id;sensor_type;location;lat;lon;timestamp;P1;P2';
    const text = `${head}\n1;PPD42NS;1;1;1;${stamp};1;1\n2;SDS011;1;1;1;${stamp};1;1\n3;SDS011;1;1;1;${stamp};2;2\nx;SDS011;1;1;1;${stamp};2;2\n4;SDS011;1;1;1;${stamp};nan;2`;
    const { report, readings } = await importFile('sensor-community', text, {
      request: { device: 'ulm/a' },
    });
    expect(readings.map(({ value }) => value)).toEqual([1, 1]);
    expect(rejectedOf(report)).toEqual({
      'unknown-unit': 1,
      'unknown-device': 4,
      'malformed-payload': 1,
    });
  });

  it('without its header is refused', async () => {
    await expect(
      importFile('sensor-community', `92;SDS011;42;48.8;9;${stamp};1;;;1;;\n`),
    ).rejects.toMatchObject({ code: 'unreadable-file' });
  });
});

it('takes gzip by its first bytes, in whatever chunks it comes', async () => {
  const packed = gzipSync(`device,at,pm10\nulm/a,${iso},1\n`);
  async function* bytes(): AsyncGenerator<Buffer> {
    for (const byte of packed) yield Buffer.from([byte]);
  }
  const { readings } = await importFile('csv', bytes());
  expect(readings).toHaveLength(1);
});
