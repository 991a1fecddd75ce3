import { qualityFlags } from '../../../../broker/contract/quality.ts';
import { heldIf, type Judge } from '../condition.ts';

/** The sample was judged at least as bad as this. */
export const quality: Judge<'quality'> = ({ flag: worst }, { value, flag }) => ({
  held: heldIf(flag >= qualityFlags[worst] && flag !== qualityFlags.missing),
  value,
  detail: flag === qualityFlags.bad ? 'bad' : flag === qualityFlags.suspect ? 'suspect' : undefined,
});
