import {
  NoSuchTarget,
  NotificationFailed,
  type Notifications,
  type NotificationTarget,
  NotificationTargetInvalid,
  type NotificationView,
} from '../../../../broker/contract/notifications.ts';

/** Targets in memory, of an engine that forgets to hide their secrets. */
export class FakeNotifications implements Notifications {
  readonly canMail = false;
  readonly targets = new Map<string, NotificationTarget>();
  failure: string | undefined;

  list(): NotificationView[] {
    return [...this.targets.values()].map((target) => ({
      target,
      hasSecret: target.kind === 'webhook' && target.secret !== undefined,
      state: { waiting: 0, sent: 0, failed: 0 },
    }));
  }
  async put(target: NotificationTarget): Promise<void> {
    if (target.kind === 'email') throw new NotificationTargetInvalid('there is no mail server');
    this.targets.set(target.id, target);
  }
  async delete(id: string): Promise<boolean> {
    return this.targets.delete(id);
  }
  async test(id: string): Promise<void> {
    if (!this.targets.has(id)) throw new NoSuchTarget();
    if (this.failure !== undefined) throw new NotificationFailed(this.failure);
  }
}
