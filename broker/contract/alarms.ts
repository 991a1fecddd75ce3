import { z } from 'zod';
import {
  AlarmPriority,
  type AlarmRule,
  alarmPriorities,
  type KeptAlarmRule,
  type RuleTest,
} from './alarm-rules.ts';
import { DeviceKey } from './ids.ts';

/**
 * An alarm is one condition of one device (or group of devices) for as long as it needs attention: it is there
 * while it is active or unacknowledged. A condition that comes back meanwhile is the same alarm once more
 * (`activations`). The two axes are those of ISA-18.2: active or cleared, acknowledged or not.
 */
export const Alarm = z.object({
  id: z.string(),
  /** Rises with each change: what somebody decided about an older one is refused with 409. */
  revision: z.int(),
  rule: z.string().describe('id of the rule'),
  name: z.string().describe("the rule's name"),
  priority: AlarmPriority,
  device: DeviceKey.optional().describe('missing for the alarm of a group'),
  group: z.string().optional().describe('`<provider>/<group>` of an alarm that stands for many'),
  children: z.array(DeviceKey).optional().describe('devices that it stands for, the first 1,000'),
  childCount: z.int().optional(),
  metric: z.string().optional(),
  active: z.boolean(),
  acknowledged: z.boolean(),
  raisedAt: z.int().describe('event time of the first activation, epoch ms UTC, as all below'),
  activatedAt: z.int().describe('event time of the last activation'),
  clearedAt: z.int().optional(),
  activations: z.int(),
  value: z.number().optional().describe('what broke the rule, in the unit of the metric'),
  limit: z.number().optional().describe('what it broke'),
  detail: z.string().max(200).optional().describe('a code for the page, such as a lamp state'),
  acknowledgedAt: z.int().optional(),
  acknowledgedBy: z.string().optional(),
  assignee: z.string().optional(),
  shelved: z.object({ until: z.int(), reason: z.string(), by: z.string() }).optional(),
  /** Not shown among what is to be done: a maintenance window, or the alarm of its group. */
  suppressed: z
    .object({ by: z.enum(['maintenance', 'group']), id: z.string(), reason: z.string().optional() })
    .optional(),
  comments: z.int(),
});
export type Alarm = z.infer<typeof Alarm>;

export const alarmTransitionKinds = [
  'raised',
  'activated',
  'cleared',
  'acknowledged',
  'unacknowledged',
  'shelved',
  'unshelved',
  'suppressed',
  'released',
  'assigned',
  'commented',
  'priority',
  'closed',
] as const;

/** Everything that ever happened to an alarm, with who and why. Only ever added to. */
export const AlarmTransition = z.object({
  seq: z.int(),
  alarm: z.string(),
  rule: z.string(),
  device: DeviceKey.optional(),
  group: z.string().optional(),
  priority: AlarmPriority,
  at: z.int().describe('when it was noted, epoch ms UTC'),
  eventAt: z.int().optional().describe('event time of the reading that caused it'),
  kind: z.enum(alarmTransitionKinds),
  by: z.string().describe('account, or `platform`'),
  comment: z.string().max(1_000).optional(),
  value: z.number().optional(),
  quiet: z
    .boolean()
    .optional()
    .describe('not shown among what was to be done then: shelved or suppressed'),
});
export type AlarmTransition = z.infer<typeof AlarmTransition>;

/** What `GET /api/v1/alarms?state=` may ask for. `open`: all that are not closed and neither shelved nor suppressed. */
export const alarmViews = [
  'open',
  'active',
  'unacknowledged',
  'shelved',
  'suppressed',
  'all',
] as const;
export type AlarmView = (typeof alarmViews)[number];

export const AlarmList = z.object({
  alarms: z.array(Alarm).describe('worst first: priority, then unacknowledged, then newest'),
  total: z.int(),
  seq: z.int().describe('state that this list shows; `alarm` events go on from here'),
});
export type AlarmList = z.infer<typeof AlarmList>;

/** The order of a list: priority, then unacknowledged, then newest. */
export function compareAlarms(a: Alarm, b: Alarm): number {
  return (
    alarmPriorities.indexOf(a.priority) - alarmPriorities.indexOf(b.priority) ||
    Number(a.acknowledged) - Number(b.acknowledged) ||
    b.activatedAt - a.activatedAt ||
    (a.id < b.id ? -1 : 1)
  );
}

/** One alarm and what happened to it: `GET /api/v1/alarms/<id>`. */
export const AlarmDetail = z.object({
  alarm: Alarm.optional().describe('missing: it is closed, its history is left'),
  history: z.array(AlarmTransition).describe('the last 500, newest first'),
});
export type AlarmDetail = z.infer<typeof AlarmDetail>;

/** `GET /api/v1/alarms/history`: newest first. */
export const AlarmHistory = z.object({
  transitions: z.array(AlarmTransition),
  before: z.int().optional().describe('there is more: ask again with this'),
});
export type AlarmHistory = z.infer<typeof AlarmHistory>;

/** What acknowledging many at once came to, in the order asked. */
export const AlarmsAcked = z.object({
  results: z.array(
    z.object({
      id: z.string(),
      outcome: z
        .enum(['acknowledged', 'changed', 'not-found', 'failed'])
        .describe('changed: it is not the revision that was looked at; failed: try again'),
      alarm: Alarm.optional().describe('as it is now'),
    }),
  ),
});
export type AlarmsAcked = z.infer<typeof AlarmsAcked>;

/**
 * Data of the `alarm` event: what changed since the frame before, whole alarms; `closed` are gone from the list.
 *
 * The first one of each connection, and one after too much has changed, is empty and says `reload`: frames before
 * it may be missing. Who holds a list with another `seq` reads it again. Of all other frames those whose `seq` is
 * higher than the list's count, and those that come while the list is being read are held against it afterwards:
 * nothing is missed, nothing counts twice.
 */
export const AlarmFrame = z.object({
  seq: z.int(),
  alarms: z.array(Alarm),
  closed: z.array(z.string()),
  flood: z.boolean().describe('more come than can be read: low ones are kept back'),
  reload: z
    .literal(true)
    .optional()
    .describe('read `GET /api/v1/alarms` again, unless it was read with this very `seq`'),
});
export type AlarmFrame = z.infer<typeof AlarmFrame>;

const reason = z.string().trim().min(3).max(500);
export const AlarmAck = z.strictObject({
  revision: z.int().optional().describe('the alarm that was looked at; another one: 409'),
  comment: z.string().trim().max(1_000).optional(),
});
export const AlarmsAck = z.strictObject({
  alarms: z
    .array(z.strictObject({ id: z.string(), revision: z.int().optional() }))
    .min(1)
    .max(500),
  comment: z.string().trim().max(1_000).optional(),
});
export const AlarmShelve = z.strictObject({
  revision: z.int().optional(),
  reason,
  forMs: z
    .int()
    .min(60_000)
    .max(7 * 86_400_000)
    .describe('a shelf has an end: 7 days at the most'),
});
export const AlarmAssign = z.strictObject({
  revision: z.int().optional(),
  assignee: z.string().trim().max(200).nullable(),
});
export const AlarmComment = z.strictObject({
  revision: z.int().optional(),
  comment: z.string().trim().min(1).max(1_000),
});

/** Planned work: alarms of these devices are kept, and not shown among what is to be done. */
export const Maintenance = z.object({
  id: z.string(),
  from: z.int(),
  to: z.int(),
  reason: z.string(),
  by: z.string(),
  scope: z.object({
    devices: z.array(DeviceKey).max(1_000).optional(),
    groups: z.array(z.string()).max(100).optional().describe('`<provider>/<group>`'),
    providers: z.array(z.string()).max(100).optional(),
    kinds: z.array(z.string()).max(10).optional(),
  }),
});
export type Maintenance = z.infer<typeof Maintenance>;
export const NewMaintenance = Maintenance.omit({ id: true, by: true }).extend({ reason });
export type NewMaintenance = z.infer<typeof NewMaintenance>;
export const MaintenanceList = z.object({ maintenance: z.array(Maintenance) });
export type MaintenanceList = z.infer<typeof MaintenanceList>;

/** How much the operators are asked (EEMUA 191, ISA-18.2): `GET /api/v1/alarms/load`. */
export const AlarmLoad = z.object({
  now: z.int(),
  flood: z.boolean(),
  perTenMinutes: z.array(z.int()).describe('new alarms in each ten minutes of the last 24 h'),
  lastTenMinutes: z.int(),
  lastDay: z.int(),
  floodShare: z.number().describe('part of the last 24 h in flood'),
  stale: z.int().describe('active for longer than 24 h'),
  chattering: z.array(z.object({ alarm: z.string(), name: z.string(), activations: z.int() })),
  topTen: z.array(
    z.object({ rule: z.string(), name: z.string(), device: DeviceKey.optional(), count: z.int() }),
  ),
  topTenShare: z.number(),
  byPriority: z.record(AlarmPriority, z.int()).describe('of the last 24 h'),
});
export type AlarmLoad = z.infer<typeof AlarmLoad>;

/** Who sees an alarm: by the devices that it is about. */
export interface AlarmAudience {
  seesAlarm(alarm: Pick<Alarm, 'device' | 'group'>): boolean;
}

/** What an operator does carries who, and may carry the revision that was looked at. */
export interface Deed {
  by: string;
  comment?: string | undefined;
  revision?: number | undefined;
}

/**
 * Alarms: evaluated on the stream, kept on disk, the same after a restart. Reads are answered from memory; a deed
 * resolves when it is durable. Deeds throw {@link NoSuchAlarm}, {@link AlarmChanged}, {@link AlarmsNotKept}.
 */
export interface Alarms {
  list(view: AlarmView): Alarm[];
  get(id: string): Alarm | undefined;
  /** Newest first. */
  history(filter: AlarmHistoryFilter): AlarmTransition[];
  acknowledge(id: string, deed: Deed): Promise<Alarm>;
  unacknowledge(id: string, deed: Deed): Promise<Alarm>;
  shelve(id: string, deed: Deed & { reason: string; forMs: number }): Promise<Alarm>;
  unshelve(id: string, deed: Deed): Promise<Alarm>;
  assign(id: string, deed: Deed & { assignee: string | undefined }): Promise<Alarm>;
  comment(id: string, deed: Deed & { comment: string }): Promise<Alarm>;

  rules(): KeptAlarmRule[];
  /** @throws RulesFull, RuleInvalid */
  putRule(rule: AlarmRule, by: string, revision?: number): Promise<KeptAlarmRule>;
  /** A built-in rule cannot be removed, only switched off. @throws NoSuchRule, RuleInvalid */
  deleteRule(id: string, by: string): Promise<void>;
  /** Tries a rule on what is stored; it need not be kept. @throws RuleInvalid, StoreUnavailable */
  testRule(rule: AlarmRule, span: { from: number; to: number }): Promise<RuleTest>;

  maintenance(): Maintenance[];
  /** @throws MaintenanceFull */
  putMaintenance(window: NewMaintenance, by: string): Promise<Maintenance>;
  endMaintenance(id: string, by: string): Promise<boolean>;

  load(): AlarmLoad;
  /** Rises with every change of an alarm. */
  readonly seq: number;
  readonly flood: boolean;
  /** What changed after `seq`; undefined: too long ago, read the list. */
  since(seq: number): { alarms: Alarm[]; closed: Alarm[] } | undefined;
  /** Called with what was noted, in order. Must not block. Returns the way to stop listening. */
  onTransition(listener: (alarm: Alarm, transition: AlarmTransition) => void): () => void;
}

export interface AlarmHistoryFilter {
  alarm?: string | undefined;
  device?: DeviceKey | undefined;
  rule?: string | undefined;
  from?: number | undefined;
  to?: number | undefined;
  /** `seq` to page on from. */
  before?: number | undefined;
  limit: number;
}

export class NoSuchAlarm extends Error {
  readonly code = 'not-found';
}

/** It is not any more what the operator saw. */
export class AlarmChanged extends Error {
  readonly code = 'alarm-changed';
}

/** It is not any more what was edited: somebody else was faster. */
export class RuleChanged extends Error {
  readonly code = 'rule-changed';
}

export class NoSuchRule extends Error {
  readonly code = 'not-found';
}

/** There are as many windows of maintenance as may be. */
export class MaintenanceFull extends Error {
  readonly code = 'maintenance-full';
}

/** The disk does not take it now: what was asked for may not outlive the process. */
export class AlarmsNotKept extends Error {
  readonly code = 'alarms-not-kept';
}

/** The rule's parts do not fit together: which, and why. */
export class RuleInvalid extends Error {
  readonly code = 'invalid-rule';
}

export class RulesFull extends Error {
  readonly code = 'rules-full';
}
