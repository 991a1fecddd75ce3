import { z } from 'zod';
import { DeviceView, NewDevice, RegisteredDevice } from '../../../broker/contract/api.ts';
import { correctionFault, withCorrectionPeriods } from '../../../broker/contract/correction.ts';
import { type Device, DeviceDescription } from '../../../broker/contract/device.ts';
import { type DeviceKey, deviceKey, Id } from '../../../broker/contract/ids.ts';
import { audienceOf, type Caller, mayWriteFor } from '../access.ts';
import { only, readers } from '../authenticate.ts';
import type { Api, Context } from '../context.ts';
import { findVisible, viewOf } from '../device-view.ts';
import { ApiError } from '../errors.ts';
import { tags } from '../openapi.ts';

const url = '/api/v1/devices/:provider/:device';
const Params = z.object({ provider: Id, device: Id });
const writers = only('provider', 'admin');

const { kind, public: isPublic, ...optional } = DeviceDescription.shape;

/** A change of a description: fields that are left out stay, `null` takes one away (RFC 7396). */
const DevicePatch = z.strictObject({
  // Unwrapped: a default would overwrite what is left out.
  kind: kind.unwrap().optional(),
  public: isPublic.unwrap().optional(),
  name: optional.name.nullable(),
  location: optional.location.nullable(),
  model: optional.model.nullable(),
  intervalMs: optional.intervalMs.nullable(),
  dialect: optional.dialect.nullable(),
  district: optional.district.nullable(),
  group: optional.group.nullable(),
  lamp: optional.lamp.nullable(),
  container: optional.container.nullable(),
  station: optional.station.nullable(),
  quality: optional.quality.nullable(),
  correction: optional.correction.nullable(),
});

/** One device: register, read, change, remove, a new token for it, or none. */
export function deviceRoutes(app: Api, context: Context): void {
  registration(app, context);
  reading(app, context);
  changing(app, context);
  removing(app, context);
  rotation(app, context);
  revocation(app, context);
}

function registration(app: Api, context: Context): void {
  const { registry, clock } = context.deps;
  /** Devices whose registration is under way: two at once must not both succeed. */
  const underWay = new Set<DeviceKey>();
  app.route({
    method: 'POST',
    url: '/api/v1/devices',
    schema: {
      operationId: 'registerDevice',
      tags: [tags.devices],
      summary: 'Register a device; the answer shows its token, this once',
      body: z.strictObject(NewDevice.shape),
      response: { 201: RegisteredDevice },
    },
    onRequest: writers,
    handler: async (request, reply) => {
      const { body } = request;
      if (!mayWriteFor(request.caller, body.provider)) throw new ApiError('forbidden');
      if (!registry.provider(body.provider)) {
        throw new ApiError('unknown-provider', `register the provider ${body.provider} first`);
      }
      const key = deviceKey(body.provider, body.id);
      const createdAt = clock();
      const device = withCorrection({ ...body, createdAt }, undefined, createdAt);
      if (underWay.has(key) || registry.device(key)) throw new ApiError('exists', key);
      underWay.add(key);
      try {
        await registry.putDevice(device);
        const token = await registry.issueToken({ kind: 'device', device: key });
        reply.code(201).header('location', `/api/v1/devices/${key}`);
        return reply.send({ ...viewOf(context, device), token });
      } finally {
        underWay.delete(key);
      }
    },
  });
}

function reading(app: Api, context: Context): void {
  app.route({
    method: 'GET',
    url,
    schema: {
      operationId: 'getDevice',
      tags: [tags.devices],
      summary: 'One device',
      params: Params,
      response: { 200: DeviceView },
    },
    onRequest: readers(context),
    handler: async (request) => viewOf(context, visible(context, request)),
  });
}

function changing(app: Api, context: Context): void {
  app.route({
    method: 'PATCH',
    url,
    schema: {
      operationId: 'changeDevice',
      tags: [tags.devices],
      summary: 'Change a device; null takes a field away',
      params: Params,
      body: DevicePatch,
      response: { 200: DeviceView },
    },
    onRequest: writers,
    handler: async (request) => {
      const device = writable(context, request);
      const merged = Object.entries({ ...device, ...request.body }).filter(
        ([, value]) => value !== null && value !== undefined,
      );
      const { registry, clock } = context.deps;
      const changed = withCorrection(Object.fromEntries(merged) as Device, device, clock());
      await registry.putDevice(changed);
      return viewOf(context, changed);
    },
  });
}

function removing(app: Api, context: Context): void {
  app.route({
    method: 'DELETE',
    url,
    schema: {
      operationId: 'removeDevice',
      tags: [tags.devices],
      summary: 'Remove a device and its token; its series stay in the store',
      params: Params,
      response: { 204: z.undefined().describe('removed') },
    },
    onRequest: writers,
    handler: async (request, reply) => {
      const { provider, id } = writable(context, request);
      await context.deps.registry.deleteDevice(deviceKey(provider, id));
      return reply.code(204).send();
    },
  });
}

function rotation(app: Api, context: Context): void {
  app.route({
    method: 'POST',
    url: `${url}/token`,
    schema: {
      operationId: 'rotateDeviceToken',
      tags: [tags.devices],
      summary: 'A new token; the one before stops being valid',
      params: Params,
      response: { 201: z.object({ key: z.string(), token: z.string() }) },
    },
    onRequest: writers,
    handler: async (request, reply) => {
      const { provider, id } = writable(context, request);
      const key = deviceKey(provider, id);
      const token = await context.deps.registry.issueToken({ kind: 'device', device: key });
      return reply.code(201).send({ key, token });
    },
  });
}

function revocation(app: Api, context: Context): void {
  app.route({
    method: 'DELETE',
    url: `${url}/token`,
    schema: {
      operationId: 'revokeDeviceToken',
      tags: [tags.devices],
      summary: 'End the token; open connections with it are closed',
      params: Params,
      response: { 204: z.undefined().describe('it has no token now') },
    },
    onRequest: writers,
    handler: async (request, reply) => {
      const { provider, id } = writable(context, request);
      await context.deps.registry.revokeTokens({ kind: 'device', device: deviceKey(provider, id) });
      return reply.code(204).send();
    },
  });
}

/** The record with the history of its correction. @throws ApiError where the correction does not fit the device */
function withCorrection(device: Device, before: Device | undefined, now: number): Device {
  const kept = withCorrectionPeriods(device, before, now);
  const fault = correctionFault(kept);
  if (fault === undefined) return kept;
  const errors = [{ field: 'correction', message: fault }];
  throw new ApiError('correction-not-valid', fault, { members: { errors } });
}

interface DeviceRequest {
  caller: Caller;
  params: z.output<typeof Params>;
}

/** The device of the path, if the caller may see it. */
function visible(context: Context, { caller, params }: DeviceRequest): Device {
  const audience = audienceOf(caller, context.config.publicRead);
  const device = findVisible(context, audience, deviceKey(params.provider, params.device));
  if (!device) throw new ApiError('not-found');
  return device;
}

/** The device of the path, if the caller may change it. What it may not see does not exist for it. */
function writable(context: Context, request: DeviceRequest): Device {
  const device = visible(context, request);
  if (!mayWriteFor(request.caller, device.provider)) throw new ApiError('forbidden');
  return device;
}
