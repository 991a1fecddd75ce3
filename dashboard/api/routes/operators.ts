import { z } from 'zod';
import { only } from '../authenticate.ts';
import type { Api, Context } from '../context.ts';
import { tags } from '../openapi.ts';

const name = z.string().trim().min(1).max(100);

/** `POST /api/v1/operators`: a token for a person of the operations centre. */
export function operatorsRoute(app: Api, context: Context): void {
  app.route({
    method: 'POST',
    url: '/api/v1/operators',
    schema: {
      operationId: 'issueOperatorToken',
      tags: [tags.accounts],
      summary: 'A token for an operator, shown this once; one that the name had before ends',
      body: z.strictObject({ name }),
      response: { 201: z.object({ name, token: z.string() }) },
    },
    onRequest: only('admin'),
    handler: async (request, reply) => {
      const operator = request.body.name;
      const account = { kind: 'operator', name: operator } as const;
      const token = await context.deps.registry.issueToken(account);
      return reply.code(201).send({ name: operator, token });
    },
  });
}
