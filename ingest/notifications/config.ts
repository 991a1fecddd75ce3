import { z } from 'zod';

/** The environment of notifications. */
export const NotificationsEnv = z
  .object({
    SMTP_URL: z
      .url({ protocol: /^smtps?$/ })
      .optional()
      .describe('mail server for alarms, smtp://user:password@host:587 or smtps://…'),
    SMTP_FROM: z.email().optional().describe('address that these mails come from'),
  })
  .refine((env) => (env.SMTP_URL === undefined) === (env.SMTP_FROM === undefined), {
    path: ['SMTP_FROM'],
    message: 'SMTP_URL and SMTP_FROM go together: set both or neither',
    // Also when another variable is at fault: all faults are told at once.
    when: () => true,
  });
export type NotificationsEnv = z.infer<typeof NotificationsEnv>;
