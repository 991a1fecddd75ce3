import { metrics } from '../../../broker/contract/metrics.ts';
import { en } from '../../../dashboard/web/messages/en.ts';
import type { Wording } from '../../../dashboard/web/state/describe.ts';
import { createFormats } from '../../../dashboard/web/state/format.ts';

/** English in Berlin, with the contract's metrics. */
export const wording: Wording = {
  language: 'en',
  messages: en,
  formats: createFormats('en', 'Europe/Berlin'),
  metric: (name) => metrics.get(name),
};
