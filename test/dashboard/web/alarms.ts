import type { Alarm, AlarmFrame } from '../../../broker/contract/alarms.ts';

/** An alarm that is active, unacknowledged and open, unless said otherwise. */
export function alarm(id: string, part: Partial<Alarm> = {}): Alarm {
  return {
    id,
    revision: 1,
    rule: 'bin-fire',
    name: 'Fire in a container',
    priority: 'low',
    device: 'p/x',
    active: true,
    acknowledged: false,
    raisedAt: 1_000,
    activatedAt: 1_000,
    activations: 1,
    comments: 0,
    ...part,
  };
}

export function frame(seq: number, part: Partial<AlarmFrame> = {}): AlarmFrame {
  return { seq, alarms: [], closed: [], flood: false, ...part };
}
