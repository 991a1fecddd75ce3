import { describe, expect, test } from 'vitest';
import { ApiEnv, apiConfig, tilesOrigin } from '../../../dashboard/api/config.ts';

const faults = (env: Record<string, string>) =>
  ApiEnv.safeParse(env).error?.issues.map(({ path }) => path.join('.'));

describe('the environment of the API', () => {
  test('is refused by name, all faults at once', () => {
    expect(
      faults({
        HTTP_PORT: '70000',
        PUBLIC_READ: 'yes',
        TIME_ZONE: 'Mars/Olympus',
        ENROLMENT: 'maybe',
        MAP_TILES_URL: 'https://tiles.example/{z}/{x}/{y}.png',
      }),
    ).toEqual(['HTTP_PORT', 'PUBLIC_READ', 'ENROLMENT', 'TIME_ZONE', 'MAP_TILES_ATTRIBUTION']);
    for (const proxies of [
      'proxy',
      '10.0.0.1,',
      '10.0.0.0/33',
      '0.0.0.0/0',
      '::/0',
      '1.2.3.4/8/8',
    ]) {
      expect(faults({ TRUST_PROXY: proxies })).toEqual(['TRUST_PROXY']);
    }
    for (const port of ['', '-1', '1e3', 'http']) {
      expect(faults({ HTTP_PORT: port })).toEqual(['HTTP_PORT']);
    }
    expect(faults({ MAP_TILES_ATTRIBUTION: 'Tiles' })).toEqual(['MAP_TILES_ATTRIBUTION']);
    for (const url of ['javascript:{z}{x}{y}', 'https://tiles.example/', '//x/{z}/{x}/{y}']) {
      expect(faults({ MAP_TILES_URL: url, MAP_TILES_ATTRIBUTION: 'x' })).toEqual(['MAP_TILES_URL']);
    }
  });

  test('has safe defaults', () => {
    const env = ApiEnv.parse({});
    expect(env).toEqual({
      HOST: '127.0.0.1',
      HTTP_PORT: 8080,
      PUBLIC_READ: true,
      ENROLMENT: 'provider',
      TIME_ZONE: 'Europe/Berlin',
      PUBLISHER_NAME: 'Sensorplatz',
      OPEN_DATA_LICENCE: 'https://creativecommons.org/licenses/by/4.0/',
      EMBED_ANCESTORS: '*',
    });
    expect(apiConfig(env)).toEqual({
      publicRead: true,
      enrolment: 'provider',
      timeZone: 'Europe/Berlin',
      embedAncestors: '*',
      openData: {
        publisherName: 'Sensorplatz',
        licence: 'https://creativecommons.org/licenses/by/4.0/',
      },
    });
  });

  test('takes where the outside reaches it, without slashes at the end', () => {
    const env = ApiEnv.parse({ PUBLIC_URL: 'https://sensors.example.org/ulm//' });
    expect(apiConfig(env).openData?.publicUrl).toBe('https://sensors.example.org/ulm');
    for (const url of ['sensors.example.org', 'javascript:alert(1)']) {
      expect(faults({ PUBLIC_URL: url, OPEN_DATA_LICENCE: url })).toEqual([
        'OPEN_DATA_LICENCE',
        'PUBLIC_URL',
      ]);
    }
  });

  test.each(['sensors@city.example', 'https://city.example/contact'])(
    'takes %s to write to',
    (to) => expect(apiConfig(ApiEnv.parse({ CONTACT: to })).contact).toBe(to),
  );

  test.each(['javascript:alert(1)', 'call us', 'mailto:a@b.example'])('not %s', (contact) =>
    expect(faults({ CONTACT: contact })).toEqual(['CONTACT']),
  );

  test.each(['*', "'self'", "'none'", "'self' https://a.example", 'https://*.a.example:8443'])(
    'lets %s show the tile',
    (sources) =>
      expect(apiConfig(ApiEnv.parse({ EMBED_ANCESTORS: sources })).embedAncestors).toBe(sources),
  );

  test.each([
    '',
    '* https://a.example',
    "*; script-src 'unsafe-inline'",
    'a.example',
    'https://a/b',
  ])('refuses %j as who may show the tile: nothing can be added to the policy there', (sources) =>
    expect(faults({ EMBED_ANCESTORS: sources })).toEqual(['EMBED_ANCESTORS']),
  );

  test('takes addresses and ranges of proxies', () => {
    const env = ApiEnv.parse({ TRUST_PROXY: '127.0.0.1, 10.0.0.0/8,fd00::/8' });
    expect(apiConfig(env).trustProxy).toEqual(['127.0.0.1', '10.0.0.0/8', 'fd00::/8']);
  });

  test('describes every variable', () => {
    for (const [name, schema] of Object.entries(ApiEnv.shape)) {
      expect(schema.description, name).toBeTruthy();
    }
  });

  test('takes the origin of tiles for the policy', () => {
    expect(tilesOrigin('https://{s}.tiles.example:8443/{z}/{x}/{y}.png')).toBe(
      'https://*.tiles.example:8443',
    );
    expect(tilesOrigin('http://10.0.0.1/{z}/{x}/{y}.png?key=1')).toBe('http://10.0.0.1');
  });
});
