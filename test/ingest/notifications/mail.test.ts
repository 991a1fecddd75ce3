import { describe, expect, test } from 'vitest';
import { until } from '../../support/until.ts';
import { startSmtpServer } from './support/smtp-server.ts';
import { email, startNotifications, ticks } from './support/start.ts';

const minute = 60_000;

async function startMails() {
  const smtp = await startSmtpServer();
  const mail = { url: smtp.url, from: 'sensors@city.example', timeZone: 'Europe/Berlin' };
  return { smtp, ...(await startNotifications({ mail })) };
}

/** Head and decoded body of a mail. */
function read(data: string): { head: string[]; text: string } {
  const end = data.indexOf('\r\n\r\n');
  const head = data
    .slice(0, end)
    .replace(/\r\n[ \t]+/g, ' ')
    .split('\r\n');
  const body = data.slice(end + 4);
  if (head.some((line) => /^content-transfer-encoding: base64/i.test(line))) {
    return { head, text: Buffer.from(body, 'base64').toString('utf8') };
  }
  const bytes = body
    .replace(/=\r\n/g, '')
    .replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  const isQuoted = head.some((line) => /quoted-printable/i.test(line));
  return { head, text: isQuoted ? Buffer.from(bytes, 'latin1').toString('utf8') : body };
}

describe('an e-mail', () => {
  test('gathers the alarms of a minute, says what and where, and links to the page', async () => {
    const { smtp, notifications, alarms, time, counted } = await startMails();
    await notifications.put(email({ to: ['a@city.example', 'b@city.example'] }), 'admin');
    const measured = { metric: 'pm10', value: 63.24, limit: 50 };
    alarms.raise({ id: 'a', device: 'ulm/a1', priority: 'high', ...measured });
    alarms.raise({ id: 'b', group: 'ulm/kvs1', childCount: 120, priority: 'critical' });
    time.now += 59_000;
    await ticks();
    expect(smtp.mails).toEqual([]);
    alarms.raise({ id: 'c', device: 'ulm/a2', priority: 'high' });
    time.now += 1_000;
    await until('a mail', () => smtp.mails.length === 1);
    const [{ from, to, data } = { from: '', to: [], data: '' }] = smtp.mails;
    expect([from, to]).toEqual(['sensors@city.example', ['a@city.example', 'b@city.example']]);
    const { head, text } = read(data);
    expect(head).toContain('Auto-Submitted: auto-generated');
    expect(head.find((line) => line.startsWith('Subject:'))).toContain('(+2)');
    expect(text.split(/\r?\n\r?\n/)[0]?.split(/\r?\n/)).toEqual([
      'HOCH / HIGH: PM10 is high, neu / new',
      'ulm/a1 · pm10',
      'Wert / value 63.2 µg/m³, Grenze / limit 50 µg/m³',
      'seit / since 2026-06-01 13:56:40 (Europe/Berlin)',
      'Zu tun / response: look at the street',
      'https://city.example/alarms?alarm=a',
    ]);
    expect(text).toContain('ulm/kvs1 (120)');
    expect(text).toContain('ulm/a2');
    await until('counted', async () => (await counted('email', 'sent')) === 3);
    time.now += 2 * minute;
    await ticks();
    expect(smtp.mails).toHaveLength(1);
  });

  test('keeps names with line breaks in their place: they begin no header', async () => {
    const { smtp, notifications, alarms, time } = await startMails();
    await notifications.put(email(), 'admin');
    const name = 'PM10\r\nBcc: everybody@evil.example\r\n\r\nBuy\u2028this\u0000\u0085now';
    alarms.raise({ id: 'a', device: 'ulm/a1', priority: 'high', name });
    time.now += minute;
    await until('a mail', () => smtp.mails.length === 1);
    const { head, text } = read(smtp.mails[0]?.data ?? '');
    expect(head.filter((line) => /^(bcc|cc):/i.test(line))).toEqual([]);
    expect(smtp.mails[0]?.to).toEqual(['duty@city.example']);
    expect(text.split(/\r?\n/)[0]).toBe(
      'HOCH / HIGH: PM10 Bcc: everybody@evil.example Buy this now, neu / new',
    );
  });

  test('that cannot be sent is tried again; what the server says of users is not repeated', async () => {
    const { smtp, notifications, alarms, time, lines } = await startMails();
    smtp.isBroken = true;
    await notifications.put(email(), 'admin');
    alarms.raise({ id: 'a', device: 'ulm/a1', priority: 'high' });
    time.now += minute;
    const failure = await until('a failure', () => notifications.list()[0]?.state.lastError);
    expect(failure).toBe('mail server: EENVELOPE 451');
    await expect(notifications.test('mail')).rejects.toThrow('mail server: EENVELOPE 451');
    smtp.isBroken = false;
    time.now += 10_000;
    await until('a mail', () => smtp.mails.length === 1);
    expect(lines.join()).not.toContain('hunter2');
  });

  test('goes to those whom the server takes, once, and says that others were refused', async () => {
    const { smtp, notifications, alarms, time } = await startMails();
    smtp.refuse = (recipient) => recipient === 'gone@city.example';
    const to = ['duty@city.example', 'gone@city.example'];
    await notifications.put(email({ to }), 'admin');
    alarms.raise({ id: 'a', device: 'ulm/a1', priority: 'high' });
    time.now += minute;
    await until('a mail', () => smtp.mails.length === 1);
    const { state } = await until('its state', () =>
      notifications.list().find((one) => one.state.sent === 1),
    );
    expect(state.lastError).toBe('1 of 2 addresses were refused');
    time.now += 10 * minute;
    await ticks();
    expect(smtp.mails).toHaveLength(1);
  });
});
