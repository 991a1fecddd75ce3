import { createContext } from 'svelte';
import type { Site } from '../../../broker/contract/api.ts';
import type { DeviceKey } from '../../../broker/contract/ids.ts';
import { Address } from './address.svelte.ts';
import { AlarmSound } from './alarm-sound.svelte.ts';
import { AlarmState } from './alarms.svelte.ts';
import { type Api, ApiFailure, createApi } from './api.ts';
import type { Wording } from './describe.ts';
import { filterRows, rankRows, sortRows } from './filter.ts';
import { Fleet } from './fleet.svelte.ts';
import { Kept } from './kept.svelte.ts';
import type { LanguageState } from './language.svelte.ts';
import { Live } from './live.svelte.ts';
import { Playback } from './playback.svelte.ts';
import type { Preferences } from './preferences.ts';
import type { Row } from './row.ts';
import { SessionState } from './session.svelte.ts';
import { Theme } from './theme.svelte.ts';

export type SiteMetric = Site['metrics'][number];

interface AppDeps {
  clock: () => number;
  random: () => number;
  preferences: Preferences;
  language: LanguageState;
}

/** Everything that the page knows, wired once; components get it by {@link getApp}. */
export class App {
  readonly api: Api = createApi();
  readonly address = new Address();
  readonly language: LanguageState;
  readonly live: Live;
  readonly fleet: Fleet;
  readonly playback: Playback;
  readonly session: SessionState;
  readonly alarms: AlarmState;
  readonly sound: AlarmSound;
  readonly theme: Theme;
  readonly preferences: Preferences;
  readonly kept: Kept;
  site = $state.raw<Site | undefined>();
  /** The server's clock as shown, epoch ms; moves once a second, and not while paused. */
  now = $state(0);
  /** Single-key shortcuts are on; speech input users turn them off (WCAG 2.1.4). */
  shortcuts = $state(true);
  /** Counts ticks of the time-ordered list: every {@link resortTicks} seconds is often enough to be read. */
  #resorts = $state(0);
  readonly #metrics: ReadonlyMap<string, SiteMetric> = $derived(
    new Map(this.site?.metrics.map((metric) => [metric.name, metric])),
  );

  readonly wording: Wording = $derived.by(() => ({
    language: this.language.current,
    messages: this.language.messages,
    formats: this.language.formats,
    metric: (name) => this.#metrics.get(name),
  }));

  /** What the list and the map show, in the list's order. */
  readonly shown: readonly Row[] = $derived.by(() => {
    void this.fleet.orderVersion;
    void this.#resorts;
    const { kinds, standing, q, sort } = this.address.view;
    const passed = filterRows(this.fleet.rows, { kinds, standing, q });
    const mine = this.kept.only ? passed.filter(({ key }) => this.kept.isFavourite(key)) : passed;
    return rankRows(sortRows(mine, sort), q);
  });

  constructor({ clock, random, preferences, language }: AppDeps) {
    this.preferences = preferences;
    this.kept = new Kept(preferences);
    this.language = language;
    this.live = new Live({ clock, random });
    this.fleet = new Fleet(this.api, this.live);
    this.playback = new Playback(this.api, this.fleet);
    this.theme = new Theme(preferences, this.address.view.theme, this.address.view.kiosk);
    this.session = new SessionState(this.api, () => this.#readAgain());
    const { api, live, session } = this;
    this.alarms = new AlarmState({ api, live, session, preferences });
    this.sound = new AlarmSound(preferences);
    // Another tab signed in or out, or the server was away for long.
    this.live.onRenewed(() => {
      void this.#loadSession();
      void this.fleet.load();
    });
    this.shortcuts = preferences.get('shortcuts') !== 'off';
    this.now = this.live.serverNow();
    setInterval(() => this.#tick(), 1_000);
    // The stream keeps the session alive on the server; asking keeps its cookie in the browser.
    setInterval(() => void (this.session.signedIn && this.session.load()), sessionAskMs);
  }

  /** Reads what the page needs, all at once. */
  async load(): Promise<void> {
    await Promise.all([this.loadSite(), this.#loadSession(), this.fleet.load()]);
  }

  async loadSite(): Promise<void> {
    try {
      this.site = await this.api.get<Site>('/site');
      this.language.timeZone = this.site.timeZone;
    } catch (fault) {
      if (!(fault instanceof ApiFailure)) throw fault;
      setTimeout(() => void this.loadSite(), siteRetryMs);
    }
  }

  /** Alarms are read by those who have signed in. */
  async #loadSession(): Promise<void> {
    await this.session.load();
    await this.alarms.load();
  }

  /** The time that map and list are of: now, or an hour that is played back. */
  get shownNow(): number {
    return this.playback.now ?? this.now;
  }

  /** The selected device; undefined when none is, or when it is not known (yet). */
  get selected(): Row | undefined {
    void this.fleet.version;
    return this.fleet.row(this.address.view.device);
  }

  select(device: DeviceKey | undefined): void {
    if (device === this.address.view.device) return;
    this.address.go({ device, metric: undefined, reference: undefined });
  }

  /** For the badge in the menu. */
  get openAlarmCount(): number {
    return this.alarms.openCount;
  }

  setShortcuts(on: boolean): void {
    this.shortcuts = on;
    this.preferences.set('shortcuts', on ? 'on' : 'off');
  }

  /** Who looks has changed, and with it what there is to be seen: here and in all other tabs. */
  #readAgain(): void {
    this.live.restart();
    void this.fleet.load();
    void this.alarms.load();
  }

  #tick(): void {
    this.live.tick();
    if (this.live.paused) return;
    this.now = this.live.serverNow();
    // Without a link their silence is ours: nobody becomes offline because we do not hear them.
    if (this.live.link.kind !== 'lost') this.fleet.tick();
    if (++this.#ticks % resortTicks !== 0) return;
    const { sort } = this.address.view;
    if (sort === 'value' || sort === 'age') this.#resorts++;
  }

  #ticks = 0;
}

const resortTicks = 5;
const siteRetryMs = 5_000;
const sessionAskMs = 3_600_000;

export const [getApp, setApp] = createContext<App>();
