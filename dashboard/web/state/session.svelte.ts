import type { Session } from '../../../broker/contract/api.ts';
import type { DeviceKey } from '../../../broker/contract/ids.ts';
import { type Api, ApiFailure } from './api.ts';

/** Who looks at the page. The token itself stays in the server's cookie; no script can read it. */
export class SessionState {
  current = $state.raw<Session>({ role: 'public' });
  /** The dialog to sign in is open. */
  asking = $state(false);
  readonly #api: Api;
  readonly #onChange: () => void;

  constructor(api: Api, onChange: () => void) {
    this.#api = api;
    this.#onChange = onChange;
  }

  get signedIn(): boolean {
    return this.current.role !== 'public';
  }

  /** Who may see what a device sent and tell it what to do; the server decides, this only spares it the question. */
  mayTend(device: DeviceKey): boolean {
    const { role, provider } = this.current;
    if (role === 'provider') return device.startsWith(`${provider}/`);
    return role === 'operator' || role === 'admin';
  }

  /** Leaves the reader public when the server cannot say. */
  async load(): Promise<void> {
    try {
      this.current = await this.#api.get<Session>('/session');
    } catch (fault) {
      if (!(fault instanceof ApiFailure)) throw fault;
    }
  }

  /** @throws ApiFailure when the token is refused */
  async signIn(token: string): Promise<void> {
    await this.#api.send('POST', '/session', { token });
    await this.#changed();
  }

  async signOut(): Promise<void> {
    await this.#api.send('DELETE', '/session');
    await this.#changed();
  }

  async #changed(): Promise<void> {
    await this.load();
    this.#onChange();
  }
}
