import { z } from 'zod';
import { Id } from '../../../broker/contract/ids.ts';
import {
  NotificationList,
  type Notifications,
  NotificationTarget,
  NotificationView,
} from '../../../broker/contract/notifications.ts';
import { actorOf } from '../access.ts';
import { notificationsOf } from '../alarm-view.ts';
import { only } from '../authenticate.ts';
import type { Api, Context } from '../context.ts';
import { ApiError } from '../errors.ts';
import { createGate } from '../gate.ts';
import { apiLimits } from '../limits.ts';
import { tags } from '../openapi.ts';
import { requireSameId } from '../path-id.ts';

const params = z.object({ id: Id });
const admins = only('admin');

const [Webhook, Email] = NotificationTarget.options;
const Body = z
  .discriminatedUnion('kind', [Webhook.partial({ id: true }), Email.partial({ id: true })])
  .describe('`id` is that of the path');

/** `/api/v1/notification-targets`: whom alarms are told outside the page. */
export function notificationsRoutes(app: Api, context: Context): void {
  reading(app, context);
  changing(app, context);
  testing(app, context);
}

function reading(app: Api, context: Context): void {
  app.route({
    method: 'GET',
    url: '/api/v1/notification-targets',
    schema: {
      operationId: 'listNotificationTargets',
      tags: [tags.alarms],
      summary: 'Whom alarms are told, and how the sending goes; secrets never come back',
      response: { 200: NotificationList },
    },
    onRequest: admins,
    handler: async () => {
      const notifications = notificationsOf(context);
      return { targets: notifications.list().map(shown), canMail: notifications.canMail };
    },
  });
  app.route({
    method: 'GET',
    url: '/api/v1/notification-targets/:id',
    schema: {
      operationId: 'getNotificationTarget',
      tags: [tags.alarms],
      summary: 'One target',
      params,
      response: { 200: NotificationView },
    },
    onRequest: admins,
    handler: async (request) => found(notificationsOf(context), request.params.id),
  });
}

function changing(app: Api, context: Context): void {
  app.route({
    method: 'PUT',
    url: '/api/v1/notification-targets/:id',
    schema: {
      operationId: 'putNotificationTarget',
      tags: [tags.alarms],
      summary: 'Add a target or replace it; without `secret` it keeps the one that it had',
      params,
      body: Body,
      response: { 200: NotificationView },
    },
    onRequest: admins,
    handler: async ({ params: { id }, body, caller }) => {
      requireSameId(id, body.id);
      const notifications = notificationsOf(context);
      await notifications.put({ ...body, id }, actorOf(caller));
      return found(notifications, id);
    },
  });
  app.route({
    method: 'DELETE',
    url: '/api/v1/notification-targets/:id',
    schema: {
      operationId: 'deleteNotificationTarget',
      tags: [tags.alarms],
      summary: 'Remove a target, and what waits for it',
      params,
      response: { 204: z.undefined().describe('removed') },
    },
    onRequest: admins,
    handler: async (request, reply) => {
      const existed = await notificationsOf(context).delete(request.params.id);
      if (!existed) throw new ApiError('not-found');
      return reply.code(204).send();
    },
  });
}

function testing(app: Api, context: Context): void {
  const gate = createGate(apiLimits.notificationTestsMax);
  app.route({
    method: 'POST',
    url: '/api/v1/notification-targets/:id/test',
    schema: {
      operationId: 'testNotificationTarget',
      tags: [tags.alarms],
      summary: 'Send a test message at once; 422 says why it did not arrive',
      params,
      response: { 204: z.undefined().describe('sent') },
    },
    onRequest: admins,
    handler: async (request, reply) => {
      const notifications = notificationsOf(context);
      await gate(() => notifications.test(request.params.id));
      return reply.code(204).send();
    },
  });
}

function found(notifications: Notifications, id: string): NotificationView {
  const view = notifications.list().find(({ target }) => target.id === id);
  if (!view) throw new ApiError('not-found');
  return shown(view);
}

/** Whatever is behind the port: a secret does not pass here. */
function shown({ target, ...view }: NotificationView): NotificationView {
  const { secret: _secret, ...open } = target as NotificationTarget & { secret?: string };
  return { ...view, target: open as NotificationView['target'] };
}
