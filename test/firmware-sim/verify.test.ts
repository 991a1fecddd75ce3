import { describe, expect, it } from 'vitest';
import { planFleet } from '../../firmware-sim/fleet.ts';
import { createLedger, verify } from '../../firmware-sim/verify.ts';

const devices = planFleet({ seed: 'demo', devices: 3 });
const instants = [1000, 2000, 3000, 4000];

function ledgerOf(devicesMax: number) {
  const ledger = createLedger(devicesMax);
  for (const device of devices) {
    for (const at of instants) ledger.note(device, { at, values: { pm10: at / 1000 } });
  }
  return ledger;
}

/** A store that answers with these rows for every device. */
const storeOf = (at: number[], value = at.map((each) => each / 1000)) => ({
  raw: async () => ({
    at,
    value,
    flag: at.map(() => 2),
    reasons: at.map(() => 0),
    receivedAt: at,
  }),
});

describe('verify', () => {
  it('counts what was acknowledged and is not there', async () => {
    const found = await verify(ledgerOf(10), storeOf([1000, 3000]), 0);
    expect(found).toEqual({ devices: 3, checked: 12, lost: 6, duplicated: 0, changed: 0 });
  });

  it('counts what is there twice, or with another value', async () => {
    const store = storeOf([1000, 1000, 2000, 3000, 4000], [1, 1, 2, 3, 4.5]);
    expect(await verify(ledgerOf(1), store, 0)).toEqual({
      devices: 1,
      checked: 4,
      lost: 0,
      duplicated: 1,
      changed: 1,
    });
  });

  it('waits for what comes late', async () => {
    let asked = 0;
    const late = {
      raw: async () => {
        asked += 1;
        return asked < 3 ? storeOf([1000]).raw() : storeOf(instants).raw();
      },
    };
    expect(await verify(ledgerOf(1), late, 5000)).toMatchObject({ checked: 4, lost: 0 });
    expect(asked).toBe(3);
  });

  it('follows no more devices than it was told, and asks for exactly their span', async () => {
    const asked: unknown[] = [];
    const store = {
      raw: async (...question: unknown[]) => {
        asked.push(question);
        return storeOf(instants).raw();
      },
    };
    await verify(ledgerOf(2), store, 0);
    expect(asked).toEqual([
      [devices[0]?.key, 'pm10', { from: 1000, to: 4001 }],
      [devices[1]?.key, 'pm10', { from: 1000, to: 4001 }],
    ]);
    expect([...createLedger(0).entries()]).toEqual([]);
  });
});
