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

/** Notification targets as the API sees them; secrets never come back. */
export interface Notifications {
  list(): { target: NotificationTarget; hasSecret: boolean; state: NotificationState }[];
  put(target: NotificationTarget, by: string): Promise<void>;
  delete(id: string): Promise<boolean>;
  /** Sends a test message at once, without retries. @throws NotificationFailed */
  test(id: string): Promise<void>;
}

export class NotificationFailed extends Error {
  readonly code = 'notification-failed';
}
