import { expect, test } from 'vitest';
import { clientsMaxOf, openFilesMaxIn } from '../../deploy/open-files.ts';

function clientsWith(configured: number, openFilesMax: number) {
  const warnings: string[] = [];
  const log = { warn: (_fields: object, text: string) => warnings.push(text) };
  const clientsMax = clientsMaxOf(configured, log as never, openFilesMax);
  return { clientsMax, warnings };
}

test('the limit of open files is read as the system writes it', () => {
  const text =
    'Limit                     Soft Limit           Hard Limit           Units     \n' +
    'Max processes             31803                31803                processes \n' +
    'Max open files            4096                 20000                files     \n';
  expect(openFilesMaxIn(text)).toBe(4096);
  expect(openFilesMaxIn(text.replace('4096 ', 'unlimited'))).toBeUndefined();
  expect(openFilesMaxIn('')).toBeUndefined();
});

test('fewer clients are let in than files can be opened for, and the log says so once', () => {
  const { clientsMax, warnings } = clientsWith(20_000, 20_000);
  expect(clientsMax).toBe(16_500);
  expect(warnings).toHaveLength(1);
  expect(warnings[0]).toContain('MQTT_CLIENTS_MAX is 20000');
  expect(warnings[0]).toContain('20000 files only: 16500 MQTT clients');
  expect(warnings[0]).toContain('to 23500');
});

test('with few files in all, half of them are for clients', () => {
  expect(clientsWith(20_000, 1_024).clientsMax).toBe(512);
});

test('where there is room it is as configured, and nothing is said', () => {
  expect(clientsWith(50_000, 65_536)).toEqual({ clientsMax: 50_000, warnings: [] });
});
