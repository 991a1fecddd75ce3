import { z } from 'zod';
import { Alarm } from '../../broker/contract/alarms.ts';

/** An open alarm as it is kept. */
export const KeptAlarm = z.object({
  alarm: Alarm,
  /** State of the book that it last changed with. */
  changedSeq: z.int(),
  /** Devices that the alarm of a group stands for now, all of them. */
  members: z.array(z.string()).optional(),
});
export type KeptAlarm = z.infer<typeof KeptAlarm>;
