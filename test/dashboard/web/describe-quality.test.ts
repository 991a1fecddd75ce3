import { describe, expect, it } from 'vitest';
import { qualityTests, reasonBits } from '../../../broker/contract/quality.ts';
import { rowQuality } from '../../../dashboard/web/chart/row-quality.ts';
import { de } from '../../../dashboard/web/messages/de.ts';
import { en } from '../../../dashboard/web/messages/en.ts';
import { coverageText, flagText } from '../../../dashboard/web/state/describe-quality.ts';
import { minutes, raw } from './points.ts';
import { wording } from './wording.ts';

describe('quality in words', () => {
  it('has a word for every test, in both languages', () => {
    for (const { name } of qualityTests) {
      expect(de.series.test[name], name).toBeTruthy();
      expect(en.series.test[name], name).toBeTruthy();
    }
    expect(Object.keys(en.series.test)).toHaveLength(qualityTests.length);
  });

  it('says the flag, and each test that was not passed', () => {
    expect(flagText(wording, 1, 0)).toBe('good');
    expect(flagText(wording, 7, 0)).toBe('not evaluated');
    expect(flagText(wording, 3, reasonBits.step | reasonBits.humidity)).toBe(
      'suspect: changes too fast, too humid for this sensor',
    );
  });

  it('rounds coverage down, so that too little never looks enough', () => {
    expect(coverageText(wording, 0.7499)).toBe('74\u00a0%');
    expect(coverageText(wording, 0.75)).toBe('75\u00a0%');
    expect(coverageText(wording, 0.29)).toBe('29\u00a0%');
    expect(coverageText(wording, null)).toBe('–');
  });

  it('has nothing to say of a good row, and all that is against another', () => {
    expect(rowQuality(wording, raw([0, 1], [1, 2], [1, 2]), 0)).toBe('');
    expect(rowQuality(wording, raw([0], [1], [4], [reasonBits.range]), 0)).toBe(
      'bad: outside the measuring range',
    );
    const hours = minutes([0], [5], { coverage: [0.4], suspect: [1], bad: [2] });
    expect(rowQuality(wording, hours, 0)).toBe(
      '1 suspect, 2 bad, not in the mean, only 40\u00a0% of the time measured',
    );
  });
});
