import { expect, test } from 'vitest';
import { NotificationList } from '../../../broker/contract/notifications.ts';
import { startTestApi } from './support/test-api.ts';

const secret = 'a-secret-of-this-webhook';
const target = { kind: 'webhook', name: 'Duty', url: 'https://hooks.example/x', secret };
const put = { method: 'PUT', as: 'admin', url: '/api/v1/notification-targets/duty' } as const;

test('a secret is kept and never shown again, not even in the answer to a mistake', async () => {
  const { ask, notifications, audit } = await startTestApi();
  const url = '/api/v1/notification-targets';
  const answers = [
    await ask({ ...put, payload: target }),
    await ask({ url, as: 'admin' }),
    await ask({ url: `${url}/duty`, as: 'admin' }),
    await ask({ ...put, payload: { ...target, kind: 'email', to: ['a@b.example'] } }),
    await ask({ ...put, payload: { ...target, url: 'ftp://x' } }),
    await ask({ ...put, payload: { ...target, secret: `${secret}${'x'.repeat(200)}` } }),
    await ask({ ...put, payload: { secret } }),
    await ask({ ...put, payload: { ...target, id: 'other' } }),
  ];
  expect(answers.map(({ statusCode }) => statusCode)).toEqual([
    200, 200, 200, 400, 400, 400, 400, 400,
  ]);
  for (const { body } of answers) expect(body).not.toContain(secret);
  expect(NotificationList.parse(answers[1]?.json())).toMatchObject({
    canMail: false,
    targets: [{ target: { id: 'duty', url: target.url }, hasSecret: true }],
  });
  expect(notifications.targets.get('duty')).toMatchObject({ secret, enabled: true });
  expect(JSON.stringify(audit.events)).not.toContain(secret);
});

test('a test message that does not arrive says why', async () => {
  const { ask, notifications } = await startTestApi();
  await ask({ ...put, payload: target });
  const send = { method: 'POST', as: 'admin', url: `${put.url}/test` } as const;
  expect((await ask(send)).statusCode).toBe(204);
  notifications.failure = 'answered 500';
  const answer = await ask(send);
  expect([answer.statusCode, answer.json()]).toMatchObject([
    422,
    { code: 'notification-failed', detail: 'answered 500' },
  ]);
});

test('an e-mail target is refused where there is no mail server', async () => {
  const { ask } = await startTestApi();
  const payload = { kind: 'email', name: 'Duty', to: ['duty@city.example'] };
  const answer = await ask({ ...put, payload });
  expect([answer.statusCode, answer.json().code]).toEqual([422, 'invalid-target']);
});
