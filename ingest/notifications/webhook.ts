import { createHmac } from 'node:crypto';
import {
  NotificationFailed,
  type NotificationTarget,
} from '../../broker/contract/notifications.ts';
import { type Notice, outward } from './notice.ts';

type Webhook = Extract<NotificationTarget, { kind: 'webhook' }>;

interface WebhookDeps {
  clock: () => number;
  /** Link to the page of an alarm, where the installation knows its address. */
  linkOf: (alarm: string) => string | undefined;
  signal: AbortSignal;
}

/**
 * Posts one message. Whatever is not a 2xx is a failure, a redirect too: it would lead what is signed for one host to
 * another. The answer's body is not read.
 *
 * @throws NotificationFailed
 */
export async function postWebhook(
  { url, secret }: Webhook,
  notice: Notice,
  { clock, linkOf, signal }: WebhookDeps,
): Promise<void> {
  const body = bodyOf(notice, linkOf(notice.alarm.id));
  const timestamp = String(clock());
  const response = await fetch(url, {
    method: 'POST',
    redirect: 'manual',
    signal,
    body,
    headers: {
      'content-type': 'application/json; charset=utf-8',
      'user-agent': 'Sensorplatz/1',
      'x-sensorplatz-id': notice.id,
      'x-sensorplatz-timestamp': timestamp,
      ...(secret === undefined ? {} : { 'x-sensorplatz-signature': sign(secret, timestamp, body) }),
    },
  }).catch((error: unknown) => {
    throw new NotificationFailed(reasonOf(error));
  });
  await response.body?.cancel().catch(() => {});
  if (!response.ok) throw new NotificationFailed(`answered ${response.status}`);
}

/** `sha256=` and the HMAC over timestamp, a point, and the body as it is sent. */
export function sign(secret: string, timestamp: string, body: string): string {
  return `sha256=${createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex')}`;
}

function bodyOf({ id, event, at, alarm, advice }: Notice, url: string | undefined): string {
  return JSON.stringify({ version: 1, id, event, at, alarm: outward(alarm), ...advice, url });
}

/** Codes only: a message may repeat the address, and an address may hold a secret. */
function reasonOf(error: unknown): string {
  const { name, cause } = error as { name?: string; cause?: { code?: unknown } };
  if (name === 'TimeoutError') return 'no answer in time';
  const code = String(cause?.code ?? '');
  return /^[A-Z][A-Z0-9_]{2,40}$/.test(code) ? `no connection: ${code}` : 'no connection';
}
