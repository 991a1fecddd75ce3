import { z } from 'zod';
import { AlarmPriority } from './alarm-rules.ts';
import { Id } from './ids.ts';

const shared = {
  id: Id,
  name: z.string().trim().min(1).max(120),
  enabled: z.boolean().default(true),
  priorityMin: AlarmPriority.default('high').describe('this one and worse'),
  onCleared: z.boolean().default(false).describe('tells also when it is over'),
};

/** Where alarms are told outside the page. A rule's `notify` names targets; one with `all` hears of every rule. */
export const NotificationTarget = z.discriminatedUnion('kind', [
  z.strictObject({
    ...shared,
    kind: z.literal('webhook'),
    url: z.url({ protocol: /^https?$/ }).max(1_000),
    secret: z
      .string()
      .min(16)
      .max(200)
      .optional()
      .describe('signs each call (HMAC-SHA256); never shown again; left out: as it was'),
    all: z.boolean().default(false),
  }),
  z.strictObject({
    ...shared,
    kind: z.literal('email'),
    to: z.array(z.email()).min(1).max(20),
    all: z.boolean().default(false),
  }),
]);
export type NotificationTarget = z.infer<typeof NotificationTarget>;

/** How the sending to a target goes. */
export const NotificationState = z.object({
  waiting: z.int(),
  sent: z.int(),
  failed: z.int().describe('given up after the last attempt'),
  lastSentAt: z.int().optional(),
  lastError: z.string().max(300).optional(),
});
export type NotificationState = z.infer<typeof NotificationState>;

const [Webhook, Email] = NotificationTarget.options;

/** A target as it is shown: without its secret. */
export const NotificationView = z.object({
  target: z.discriminatedUnion('kind', [Webhook.omit({ secret: true }), Email]),
  hasSecret: z.boolean(),
  state: NotificationState,
});
export type NotificationView = z.infer<typeof NotificationView>;
export const NotificationList = z.object({
  targets: z.array(NotificationView),
  /** Without a mail server, targets of kind `email` wait in vain. */
  canMail: z.boolean(),
});
export type NotificationList = z.infer<typeof NotificationList>;

/** Notification targets as the API sees them; secrets never come back. */
export interface Notifications {
  /** Whether there is a mail server (SMTP_URL). */
  readonly canMail: boolean;
  list(): NotificationView[];
  /** @throws NotificationTargetsFull, NotificationTargetInvalid */
  put(target: NotificationTarget, by: string): Promise<void>;
  /** What waits for it is forgotten with it. False when there was none. */
  delete(id: string): Promise<boolean>;
  /** Sends a test message at once, without retries. @throws NoSuchTarget, NotificationFailed */
  test(id: string): Promise<void>;
}

export class NotificationFailed extends Error {
  readonly code = 'notification-failed';
}

export class NoSuchTarget extends Error {
  readonly code = 'not-found';
}

export class NotificationTargetsFull extends Error {
  readonly code = 'notification-targets-full';
}

/** What does not go together: an e-mail target without a mail server, for one. */
export class NotificationTargetInvalid extends Error {
  readonly code = 'invalid-target';
}
