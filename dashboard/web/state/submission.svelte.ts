import { ApiFailure } from './api.ts';

/** A form on its way to the API: busy or not, and what the API said of which field. */
export class Submission {
  busy = $state(false);
  /** What was wrong, in one sentence. */
  fault = $state<string | undefined>();
  #errors = $state.raw<Readonly<Record<string, string>>>({});

  /** True when it was accepted. */
  async run(send: () => Promise<unknown>): Promise<boolean> {
    if (this.busy) return false;
    this.busy = true;
    this.clear();
    try {
      await send();
      return true;
    } catch (fault) {
      if (!(fault instanceof ApiFailure)) throw fault;
      this.#errors = fieldErrors(fault);
      this.fault = fault.message;
      return false;
    } finally {
      this.busy = false;
    }
  }

  /** What is wrong with a field, or with anything in it. */
  of(field: string): string | undefined {
    if (Object.hasOwn(this.#errors, field)) return this.#errors[field];
    const within = Object.keys(this.#errors).find((name) => name.startsWith(`${field}.`));
    return within === undefined ? undefined : this.#errors[within];
  }

  clear(): void {
    this.fault = undefined;
    this.#errors = {};
  }
}

/** By field: as the problem lists them, or from a sentence that begins with a field's name (`metric: needs …`). */
export function fieldErrors({ errors, message }: ApiFailure): Record<string, string> {
  const named = Object.fromEntries(errors.map(({ field, message: text }) => [field, text]));
  if (errors.length > 0) return named;
  const [, field, text] = /^([a-zA-Z][\w.]*): (.+)$/s.exec(message) ?? [];
  return field === undefined || text === undefined ? {} : { [field]: text };
}
