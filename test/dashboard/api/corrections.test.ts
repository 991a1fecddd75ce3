import { describe, expect, test } from 'vitest';
import { startTestApi, testNow } from './support/test-api.ts';

const device = { provider: 'ulm', id: 'new', kind: 'air' };
const koehler = { method: 'koehler', kappa: 0.3 };

describe('the correction of a device', () => {
  test.each(['SDS011', 'SPS30', undefined])(
    'is refused where it does not fit: Barkjohn for %s',
    async (model) => {
      const api = await startTestApi();
      const answer = await api.ask({
        method: 'POST',
        url: '/api/v1/devices',
        as: 'admin',
        payload: { ...device, ...(model ? { model } : {}), correction: { method: 'barkjohn' } },
      });
      expect(answer.statusCode).toBe(422);
      expect(answer.json()).toMatchObject({
        code: 'correction-not-valid',
        errors: [{ field: 'correction' }],
      });
      expect(api.registry.device('ulm/new')).toBeUndefined();
    },
  );

  test('is taken where it fits, and dated', async () => {
    const api = await startTestApi();
    const answer = await api.ask({
      method: 'POST',
      url: '/api/v1/devices',
      as: 'admin',
      payload: { ...device, model: 'PMS5003', correction: { method: 'barkjohn' } },
    });
    expect(answer.statusCode).toBe(201);
    const correction = { method: 'barkjohn' };
    expect(api.registry.device('ulm/new')).toMatchObject({
      correction,
      corrections: [{ since: testNow, correction }],
    });
  });

  test('can be changed and taken away, and what it was stays known', async () => {
    const api = await startTestApi();
    const patch = (payload: object) =>
      api.ask({ method: 'PATCH', url: '/api/v1/devices/ulm/a1', as: 'admin', payload });
    expect((await patch({ correction: { method: 'koehler' } })).statusCode).toBe(200);
    api.time.now += 1_000;
    expect((await patch({ name: 'another' })).statusCode).toBe(200);
    api.time.now += 1_000;
    expect((await patch({ correction: null })).statusCode).toBe(200);
    const changed = api.registry.device('ulm/a1');
    expect(changed?.correction).toBeUndefined();
    expect(changed?.corrections).toEqual([
      { since: testNow, correction: koehler },
      { since: testNow + 2_000, correction: null },
    ]);
  });

  test('cannot be made unfit by another model, or written into its history', async () => {
    const api = await startTestApi();
    const patch = (payload: object) =>
      api.ask({ method: 'PATCH', url: '/api/v1/devices/ulm/a1', as: 'admin', payload });
    await patch({ model: 'PMS7003', correction: { method: 'barkjohn' } });
    expect((await patch({ model: 'SDS011' })).json()).toMatchObject({
      code: 'correction-not-valid',
    });
    expect(api.registry.device('ulm/a1')?.model).toBe('PMS7003');
    expect((await patch({ corrections: [] })).statusCode).toBe(400);
    expect((await patch({ correction: { method: 'koehler', kappa: 0.5 } })).statusCode).toBe(400);
  });
});

test('thresholds can be set for a device, and a wrong one is told by its field', async () => {
  const api = await startTestApi();
  const patch = (payload: object) =>
    api.ask({ method: 'PATCH', url: '/api/v1/devices/ulm/a1', as: 'admin', payload });
  const quality = { pm10: { range: [0, 700], spike: null } };
  expect((await patch({ quality })).statusCode).toBe(200);
  expect(api.registry.device('ulm/a1')?.quality).toEqual(quality);
  const wrong = await patch({ quality: { pm10: { sharpness: 1 } } });
  expect(wrong.statusCode).toBe(400);
  expect(wrong.json().errors[0].field).toContain('quality');
});
