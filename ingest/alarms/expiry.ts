import { type AlarmBook, platform } from './alarm-book.ts';

/** A low alarm that is over and that nobody acknowledged is closed after so long: the list must not grow for ever. */
const forgottenAfterMs = 24 * 3_600_000;

/** Brings shelved alarms back whose time is over; those that are still active ask for attention anew. */
export function endShelves(book: AlarmBook, now: number): void {
  for (const { id, active, shelved } of book.list('shelved')) {
    if (!shelved || shelved.until > now) continue;
    const anew = { acknowledged: false, acknowledgedAt: undefined, acknowledgedBy: undefined };
    book.change(
      id,
      { shelved: undefined, ...(active ? anew : {}) },
      { kind: 'unshelved', by: platform, comment: shelved.reason },
    );
  }
}

/** Closes low alarms that were over long ago, cleared and looked at by nobody. */
export function closeForgotten(book: AlarmBook, now: number): void {
  for (const { id, priority, active, clearedAt } of book.all()) {
    if (active || priority !== 'low' || clearedAt === undefined) continue;
    if (now - clearedAt >= forgottenAfterMs) book.close(id, platform, 'over for 24 h');
  }
}
