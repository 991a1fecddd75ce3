import { describe, expect, it } from 'vitest';
import { hasMosquitto, startMosquitto } from '../../support/mosquitto-server.ts';
import { startBroker } from '../harness.ts';
import { deviations } from './deviations.ts';
import { type Case, play } from './script.ts';
import { nameOf, table } from './table/table.ts';

/** Faults by name of the case; cases have names of their own and are played several at a time. */
async function playAll(port: number, waitMs: number): Promise<Map<string, string>> {
  const faults = new Map<string, string>();
  const waiting = [...table.entries()];
  const player = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const [index, one] = next;
      const fault = await play(one, { port, index, waitMs });
      if (fault) faults.set(nameOf(one), fault);
    }
  };
  await Promise.all(Array.from({ length: 12 }, player));
  return faults;
}

const isStandard = ({ policy }: Case) => policy !== true;

describe('MQTT 3.1.1, by the bytes', () => {
  it('has a table of cases with names of their own', () => {
    expect(new Set(table.map(nameOf)).size).toBe(table.length);
    expect(table.length).toBeGreaterThanOrEqual(120);
    const unknown = Object.keys(deviations).filter(
      (name) => !table.some((one) => nameOf(one) === name),
    );
    expect(unknown).toEqual([]);
  });

  it('is kept in all cases but the named deviations', async () => {
    const test = await startBroker({ config: { enrolment: 'open' } });
    const faults = await playAll(test.port, 4_000);
    const unexpected = [...faults].filter(([name]) => !(name in deviations));
    expect(unexpected).toEqual([]);
    expect(Object.keys(deviations).filter((name) => !faults.has(name))).toEqual([]);
  }, 60_000);

  it.skipIf(!hasMosquitto())(
    'is kept in as many cases as by Mosquitto',
    async () => {
      const mosquitto = await startMosquitto();
      const faults = await playAll(mosquitto.port, 1_500).finally(() => mosquitto.remove());
      const standard = table.filter(isStandard);
      const passedBy = (fails: (name: string) => boolean) =>
        standard.filter((one) => !fails(nameOf(one))).length;
      const ours = passedBy((name) => name in deviations);
      const theirs = passedBy((name) => faults.has(name));
      const lines = standard
        .filter((one) => faults.has(nameOf(one)))
        .map((one) => `  ${nameOf(one)}: ${faults.get(nameOf(one))}`);
      console.info(
        [
          `${table.length} cases, ${standard.length} of them normative and not our policy.`,
          `Passed: ours ${ours}, Mosquitto ${theirs}. Mosquitto differs in:`,
          ...lines,
        ].join('\n'),
      );
      expect(ours).toBeGreaterThanOrEqual(theirs);
    },
    90_000,
  );
});
