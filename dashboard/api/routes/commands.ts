import { z } from 'zod';
import { accountName } from '../../../broker/contract/access.ts';
import {
  Command,
  CommandList,
  type Commands,
  isCommandFor,
  NewCommand,
} from '../../../broker/contract/commands.ts';
import type { Device } from '../../../broker/contract/device.ts';
import { type DeviceKey, deviceKey, Id } from '../../../broker/contract/ids.ts';
import { audienceOf, type Caller, mayCommand } from '../access.ts';
import { only } from '../authenticate.ts';
import type { Api, Context } from '../context.ts';
import { findVisible } from '../device-view.ts';
import { ApiError } from '../errors.ts';
import { apiLimits } from '../limits.ts';
import { tags } from '../openapi.ts';

const url = '/api/v1/devices/:provider/:device/commands';
const Params = z.object({ provider: Id, device: Id });
const commanders = only('provider', 'operator', 'admin');

/** What devices are told to do, and what came of it. */
export function commandRoutes(app: Api, context: Context): void {
  sending(app, context);
  listing(app, context);
  reading(app, context);
}

function sending(app: Api, context: Context): void {
  app.route({
    method: 'POST',
    url,
    schema: {
      operationId: 'sendCommand',
      tags: [tags.commands],
      summary: 'Tell a device to do something; the answer comes before the device has heard of it',
      description:
        'The command is on disk when this is answered. It is published on the command topic of the device, and ' +
        'again when the device gives a sign of life, until it is delivered or expires. Ask for it again to see ' +
        'what came of it.',
      params: Params,
      body: NewCommand,
      response: { 202: Command },
    },
    onRequest: commanders,
    handler: async (request, reply) => {
      const { body, caller } = request;
      const { device, key } = commanded(context, caller, request.params);
      if (!isCommandFor(device.kind, body.command)) throw notForKind(device, body.command);
      const { expiresInMs, ...wanted } = body;
      const by = caller.account ? accountName(caller.account).slice(0, 200) : 'public';
      const command = await commandsOf(context).send({
        device: key,
        request: wanted,
        by,
        expiresInMs,
      });
      reply.code(202).header('location', `/api/v1/commands/${command.id}`);
      return reply.send(command);
    },
  });
}

function listing(app: Api, context: Context): void {
  app.route({
    method: 'GET',
    url,
    schema: {
      operationId: 'listCommands',
      tags: [tags.commands],
      summary: 'What a device was told, newest first',
      params: Params,
      querystring: z.strictObject({
        limit: z.coerce.number().int().min(1).max(apiLimits.commandsPageMax).default(20),
      }),
      response: { 200: CommandList },
    },
    onRequest: commanders,
    handler: async ({ params, query, caller }) => {
      const { key } = commanded(context, caller, params);
      return { commands: commandsOf(context).list(key, query.limit) };
    },
  });
}

function reading(app: Api, context: Context): void {
  app.route({
    method: 'GET',
    url: '/api/v1/commands/:id',
    schema: {
      operationId: 'getCommand',
      tags: [tags.commands],
      summary: 'One command and what came of it',
      params: z.object({ id: z.string().max(100) }),
      response: { 200: Command },
    },
    onRequest: commanders,
    handler: async ({ params, caller }) => {
      const command = commandsOf(context).get(params.id);
      const device = command && visible(context, caller, command.device);
      if (!device || !mayCommand(caller, device.provider)) throw new ApiError('not-found');
      return command;
    },
  });
}

/** The device of the path, if the caller may tell it anything. What it may not see does not exist for it. */
function commanded(
  context: Context,
  caller: Caller,
  params: z.output<typeof Params>,
): { device: Device; key: DeviceKey } {
  const key = deviceKey(params.provider, params.device);
  const device = visible(context, caller, key);
  if (!device) throw new ApiError('not-found');
  if (!mayCommand(caller, device.provider)) throw new ApiError('forbidden');
  return { device, key };
}

function visible(context: Context, caller: Caller, key: DeviceKey): Device | undefined {
  return findVisible(context, audienceOf(caller, context.config.publicRead), key);
}

function commandsOf({ deps }: Context): Commands {
  if (!deps.commands) throw new ApiError('not-kept', 'commands are not taken here');
  return deps.commands;
}

function notForKind({ kind }: Device, command: string): ApiError {
  const message = `${command} is for devices of kind light, got ${kind}`;
  return new ApiError('invalid-request', message, {
    members: { errors: [{ field: 'command', message }] },
  });
}
