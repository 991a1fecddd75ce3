import { expect, test } from 'vitest';
import { printable, readEnv } from '../../deploy/env.ts';

const url = 'smtps://sensors:hunter2@mail.city.example';

test('a mail server and the address that mails come from go together', () => {
  const faultsOf = (env: Record<string, string>) => {
    const result = readEnv(env);
    return 'faults' in result ? result.faults.map(({ variable }) => variable) : [];
  };
  expect(faultsOf({})).toEqual([]);
  expect(faultsOf({ SMTP_URL: url, SMTP_FROM: 'sensors@city.example' })).toEqual([]);
  expect(faultsOf({ SMTP_URL: url })).toEqual(['SMTP_FROM']);
  expect(faultsOf({ SMTP_FROM: 'sensors@city.example' })).toEqual(['SMTP_FROM']);
  expect(faultsOf({ SMTP_URL: 'https://mail.city.example' })).toContain('SMTP_URL');
  expect(
    faultsOf({ SMTP_URL: url, SMTP_FROM: 'sensors@city.example\r\nBcc: a@b.example' }),
  ).toEqual(['SMTP_FROM']);
});

test('the password of the mail server is not shown, neither as it is nor when it is wrong', () => {
  const shown = printable({ SMTP_URL: url, SMTP_FROM: 'x' }).join('\n');
  expect(shown).toMatch(/^SMTP_URL +\*{8}$/m);
  const wrong = readEnv({ SMTP_URL: `no-${url}`, SMTP_FROM: 'x' });
  expect(JSON.stringify([shown, wrong])).not.toContain('hunter2');
});
