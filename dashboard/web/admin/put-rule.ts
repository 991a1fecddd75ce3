import { ApiFailure } from '../state/api.ts';
import type { App } from '../state/app.svelte.ts';

/** Puts a rule; with its `revision` only in place of that very one, and says so when somebody else was faster. */
export async function putRule(
  { api, language }: Pick<App, 'api' | 'language'>,
  id: string,
  body: object,
): Promise<void> {
  try {
    await api.send('PUT', `/alarm-rules/${encodeURIComponent(id)}`, body);
  } catch (fault) {
    if (!(fault instanceof ApiFailure) || fault.code !== 'rule-changed') throw fault;
    throw new ApiFailure(fault.code, fault.status, language.messages.admin.rules.changedMeanwhile);
  }
}
