import { z } from 'zod';
import type { Account } from '../contract/access.ts';
import { Device, Provider, ReportedStatus } from '../contract/device.ts';
import { DeviceKey, Id } from '../contract/ids.ts';

/** What lies in the registry's file. Read back through these schemas: a damaged record is an error, not a guess. */
export const StoredAccount: z.ZodType<Account> = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('admin') }),
  z.object({ kind: z.literal('operator'), name: z.string() }),
  z.object({ kind: z.literal('provider'), provider: Id }),
  z.object({ kind: z.literal('device'), device: DeviceKey }),
  z.object({ kind: z.literal('anonymous') }),
]);

/** One entry of the change log; entries without a value are removals. */
export const LoggedChange = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('device'), key: DeviceKey, device: Device.optional() }),
  z.object({ kind: z.literal('provider'), id: Id, provider: Provider.optional() }),
  z.object({ kind: z.literal('status'), key: DeviceKey, status: ReportedStatus }),
  z.object({
    kind: z.literal('tokens'),
    account: StoredAccount,
    hash: z.string().optional().describe('SHA-256 of the token that replaces all former ones'),
  }),
]);
export type LoggedChange = z.infer<typeof LoggedChange>;
