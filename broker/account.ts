import { accountName } from './contract/access.ts';

/** One text per account: key of maps, and what logs call it. Never holds anything secret. */
export const accountKey = accountName;
