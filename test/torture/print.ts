import type { Check } from './check.ts';
import { isKept, reconcile } from './judge.ts';
import type { Report, StepDone } from './run.ts';

/** A trouble as one line. */
export function stepLine(step: StepDone): string {
  const { number, trouble, name, phase, ageMs, ready, acked, lastMs, killedName } = step;
  const state = ready ? 'ready' : 'not ready';
  const lasting =
    trouble === 'kill'
      ? ''
      : ` for ${lastMs} ms${killedName ? ` with kill -9 of ${killedName}` : ''}`;
  const what = trouble === 'kill' ? 'kill -9' : trouble;
  return `${String(number).padStart(4)}  ${what} ${name}${lasting}, ${phase}, ${ageMs} ms after its start, ${state}; ${acked} acked`;
}

/** A check as one line, and a few words on each fault. */
export function checkLine(check: Check): string {
  const { verdict, unanswered, counters, afterStep, tookMs } = check;
  const { acked, stored, lost, duplicated, changed, invented, examples } = verdict;
  const counted = counters
    ? `; counters ${reconcile(counters) ? 'reconcile' : 'DO NOT RECONCILE'} (received ${counters.received} = stored ${counters.stored} + duplicate ${counters.duplicate} + rejected ${counters.rejected})`
    : '';
  const line = `check after ${afterStep}: acked ${acked}, stored ${stored}, lost ${lost}, duplicated ${duplicated}, changed ${changed}, never sent ${invented}, without an ack ${unanswered}${counted}; ${(tookMs / 1000).toFixed(1)} s`;
  const waiting = Object.entries(check.unansweredKeys).map(
    ([device, ats]) => `without an ack: ${device} ${ats.slice(0, 5).join(', ')}`,
  );
  return [`${isKept(check) ? 'ok  ' : 'FAIL'}  ${line}`, ...examples, ...waiting].join('\n      ');
}

/** The whole run as a table. */
export function summary(report: Report): string {
  const { options, steps, checks, lives, ownEnds, exitCodes, repeated, seconds, kept } = report;
  const last = checks.at(-1)?.verdict;
  const count = (wanted: (step: StepDone) => boolean): number => steps.filter(wanted).length;
  const kills = count(({ trouble, withKill }) => trouble === 'kill' || withKill);
  const rows: [string, string | number | undefined][] = [
    ['topology, store', `${options.topology}, ${options.store}`],
    ['seed', options.seed],
    ['troubles', steps.length],
    ['  of these kill -9', kills],
    ['  before it was ready', count(({ ready }) => !ready)],
    ['processes started', list(lives)],
    ['ended by themselves', ownEnds.length],
    ['sent again after the ack', repeated],
    ['acked', last?.acked],
    ['stored', last?.stored],
    ['lost', last?.lost],
    ['duplicated', last?.duplicated],
    ['changed', last?.changed],
    ['never sent', last?.invented],
    ['without an ack', checks.at(-1)?.unanswered],
    ['exit codes at the end', list(exitCodes)],
    ['seconds', seconds],
  ];
  const table = rows.map(([name, value]) => `  ${name.padEnd(26)}${value ?? '-'}`).join('\n');
  const ends = [...new Set(ownEnds.map(({ name, code, said }) => `  ${name} (${code}): ${said}`))];
  return [table, ...ends.slice(0, 5), kept ? 'The promise held.' : 'THE PROMISE WAS BROKEN.'].join(
    '\n',
  );
}

function list(values: Record<string, number | null>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ');
}
