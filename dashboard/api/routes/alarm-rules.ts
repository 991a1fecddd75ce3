import { z } from 'zod';
import {
  AlarmRule,
  AlarmRuleList,
  KeptAlarmRule,
  RuleTest,
  RuleTestRequest,
} from '../../../broker/contract/alarm-rules.ts';
import { Id } from '../../../broker/contract/ids.ts';
import { actorOf } from '../access.ts';
import { alarmsOf } from '../alarm-view.ts';
import { only } from '../authenticate.ts';
import type { Api, Context } from '../context.ts';
import { ApiError } from '../errors.ts';
import { createGate } from '../gate.ts';
import { apiLimits } from '../limits.ts';
import { tags } from '../openapi.ts';
import { requireSameId } from '../path-id.ts';

const params = z.object({ id: Id });
const operators = only('operator', 'admin');

const RuleBody = AlarmRule.partial({ id: true })
  .extend({
    revision: z
      .int()
      .min(0)
      .optional()
      .describe('of the rule that was edited: refused with 409 when it has another one now'),
  })
  .describe('`id` is that of the path');

const TestBody = RuleTestRequest.refine(({ from, to }) => to > from, {
  path: ['to'],
  message: 'must be after `from`',
}).refine(({ from, to }) => to - from <= apiLimits.ruleTestSpanMsMax, {
  path: ['to'],
  message: 'must be at most 31 days after `from`',
});

/** `/api/v1/alarm-rules`: when there is an alarm, and what it would have been. */
export function alarmRulesRoutes(app: Api, context: Context): void {
  listing(app, context);
  reading(app, context);
  putting(app, context);
  deleting(app, context);
  testing(app, context);
}

function listing(app: Api, context: Context): void {
  app.route({
    method: 'GET',
    url: '/api/v1/alarm-rules',
    schema: {
      operationId: 'listAlarmRules',
      tags: [tags.alarms],
      summary: 'The rules that make alarms',
      response: { 200: AlarmRuleList },
    },
    onRequest: operators,
    handler: async () => ({ rules: alarmsOf(context).rules() }),
  });
}

function reading(app: Api, context: Context): void {
  app.route({
    method: 'GET',
    url: '/api/v1/alarm-rules/:id',
    schema: {
      operationId: 'getAlarmRule',
      tags: [tags.alarms],
      summary: 'One rule',
      params,
      response: { 200: KeptAlarmRule },
    },
    onRequest: operators,
    handler: async (request) => {
      const rule = alarmsOf(context)
        .rules()
        .find(({ id }) => id === request.params.id);
      if (!rule) throw new ApiError('not-found');
      return rule;
    },
  });
}

function putting(app: Api, context: Context): void {
  app.route({
    method: 'PUT',
    url: '/api/v1/alarm-rules/:id',
    schema: {
      operationId: 'putAlarmRule',
      tags: [tags.alarms],
      summary: 'Add a rule or replace it; it holds at once',
      params,
      body: RuleBody,
      response: { 200: KeptAlarmRule },
    },
    onRequest: operators,
    handler: async ({ params: { id }, body: { revision, ...rule }, caller }) => {
      requireSameId(id, rule.id);
      return alarmsOf(context).putRule({ ...rule, id }, actorOf(caller), revision);
    },
  });
}

function deleting(app: Api, context: Context): void {
  app.route({
    method: 'DELETE',
    url: '/api/v1/alarm-rules/:id',
    schema: {
      operationId: 'deleteAlarmRule',
      tags: [tags.alarms],
      summary: 'Remove a rule; one that came with the platform can only be switched off',
      params,
      response: { 204: z.undefined().describe('removed') },
    },
    onRequest: operators,
    handler: async ({ params: { id }, caller }, reply) => {
      await alarmsOf(context).deleteRule(id, actorOf(caller));
      return reply.code(204).send();
    },
  });
}

function testing(app: Api, context: Context): void {
  const gate = createGate(apiLimits.ruleTestsMax);
  app.route({
    method: 'POST',
    url: '/api/v1/alarm-rules/test',
    schema: {
      operationId: 'testAlarmRule',
      tags: [tags.alarms],
      summary: 'What a rule would have done on what is stored; it need not be kept',
      body: TestBody,
      response: { 200: RuleTest },
    },
    onRequest: operators,
    handler: async ({ body: { rule, from, to } }) => {
      const alarms = alarmsOf(context);
      const test = gate(() => alarms.testRule(rule, { from, to }));
      return orTooLong(test, context.deps.ruleTestMsMax ?? apiLimits.ruleTestMsMax);
    },
  });
}

/** The test goes on after that, and holds its place until it has ended. */
async function orTooLong<T>(test: Promise<T>, msMax: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new ApiError('rule-test-too-long')), msMax);
  });
  test.catch(() => {});
  return Promise.race([test, patience]).finally(() => clearTimeout(timer));
}
