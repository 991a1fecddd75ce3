import { createHash } from 'node:crypto';
import { createTransport } from 'nodemailer';
import {
  NotificationFailed,
  type NotificationTarget,
} from '../../broker/contract/notifications.ts';
import { notificationLimits } from './limits.ts';
import { mailSubject, mailText } from './mail-text.ts';
import type { Notice } from './notice.ts';

type Email = Extract<NotificationTarget, { kind: 'email' }>;

export interface MailConfig {
  /** smtp:// or smtps://, with user and password. */
  url: string;
  from: string;
  timeZone: string;
}

/**
 * Sends several messages as one mail. Gives what was not quite right: some addresses may be refused where others were
 * served, who must not get it again.
 *
 * @throws NotificationFailed
 */
export type SendMail = (target: Email, notices: readonly Notice[]) => Promise<string | undefined>;

/** Mails through the server of `SMTP_URL`; TLS as it offers it. */
export function createMailer(
  { url, from, timeZone }: MailConfig,
  linkOf: (alarm: string) => string | undefined,
): SendMail {
  const { attemptMsMax } = notificationLimits;
  const transport = createTransport({
    url,
    connectionTimeout: attemptMsMax,
    greetingTimeout: attemptMsMax,
    socketTimeout: attemptMsMax,
    dnsTimeout: attemptMsMax,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return async ({ to }, notices) => {
    const sent = transport.sendMail({
      from: { name: 'Sensorplatz', address: from },
      to,
      subject: mailSubject(notices),
      text: mailText(notices, { timeZone, linkOf }),
      // The same at each attempt: a mail that came twice is seen to be one.
      messageId: `<${idOf(notices)}@sensorplatz>`,
      headers: { 'Auto-Submitted': 'auto-generated', Precedence: 'bulk' },
    });
    const { rejected } = await sent.catch((error: unknown) => {
      throw new NotificationFailed(reasonOf(error));
    });
    if (rejected.length === 0) return undefined;
    return `${rejected.length} of ${to.length} addresses were refused`;
  };
}

function idOf(notices: readonly Notice[]): string {
  const ids = notices.map(({ id }) => id).join(' ');
  return createHash('sha256').update(ids).digest('hex').slice(0, 32);
}

/** Codes only: what a mail server says may repeat the user's name. */
function reasonOf(error: unknown): string {
  const { code, responseCode } = error as { code?: unknown; responseCode?: unknown };
  const known = typeof code === 'string' && /^[A-Z][A-Z0-9_]{2,40}$/.test(code) ? code : 'failed';
  return `mail server: ${known}${typeof responseCode === 'number' ? ` ${responseCode}` : ''}`;
}
