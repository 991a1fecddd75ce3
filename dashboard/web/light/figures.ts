import type { Lighting } from '../../../broker/contract/lighting.ts';
import type { Wording } from '../state/describe.ts';
import { amountText, hoursText, powerText, shareText } from './light-text.ts';

/** The figures of all lamps, each with what it rests on: never a sum without how much of the whole it is of. */
export function lightFigures(wording: Wording, { total, lamps }: Lighting) {
  const t = wording.messages.light;
  const { count } = wording.formats;
  const burned = lamps.flatMap(({ litMs }) => (litMs === null ? [] : [litMs]));
  const meanMs =
    burned.length === 0 ? null : burned.reduce((sum, ms) => sum + ms, 0) / burned.length;
  return [
    {
      name: t.energyOfNight,
      value: total.energyLamps === 0 ? '–' : amountText(wording, total.energyKwh, 'kWh'),
      basis: t.ofLamps(count(total.energyLamps), count(total.lamps)),
    },
    { name: t.power, value: powerText(wording, total.powerW), basis: t.now },
    { name: t.saving, value: shareText(wording, total.savingShare), basis: t.savingNote },
    {
      name: t.availability,
      value: shareText(wording, total.availabilityShare),
      basis: t.availabilityNote,
    },
    { name: t.burning, value: hoursText(wording, meanMs), basis: t.burningNote },
  ];
}
