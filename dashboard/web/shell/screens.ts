import type { Component } from 'svelte';
import type { Session } from '../../../broker/contract/api.ts';
import type { Messages } from '../messages/catalogue.ts';
import type { PageName } from '../state/view.ts';

/** A screen: what it is called, how its sign looks, and where it is loaded from. */
export interface Screen {
  page: PageName;
  title: (t: Messages) => string;
  /** Path data of a sign of 20 × 20, drawn as a line. */
  sign: string;
  /** The letter that leads there after `g`. */
  key: string;
  /** Stands in the bar of a phone: on all, or on those with room for five. All others are in its menu "More". */
  bar?: 'always' | 'roomy';
  /** Who has something to do there; missing: everybody. What may be done is the server's to say. */
  isFor?: (session: Session) => boolean;
  load: () => Promise<{ default: Component }>;
}

/** All screens, in the order of the menu. Each is a chunk of its own, loaded when it is first looked at. */
const screens: readonly Screen[] = [
  {
    page: 'overview',
    title: (t) => t.shell.pages.overview,
    sign: 'M2.5 5 L7.5 3 L12.5 5 L17.5 3 V15 L12.5 17 L7.5 15 L2.5 17 Z M7.5 3 V15 M12.5 5 V17',
    key: 'o',
    bar: 'always',
    load: () => import('../overview/OverviewScreen.svelte'),
  },
  {
    page: 'air',
    title: (t) => t.shell.pages.air,
    sign: 'M2.5 7 H11 A2.5 2.5 0 1 0 8.5 4.5 M2.5 10.5 H15 A2.5 2.5 0 1 1 12.5 13 M2.5 14 H8 A2 2 0 1 1 6 16',
    key: 'q',
    bar: 'always',
    load: () => import('../air/AirScreen.svelte'),
  },
  {
    page: 'light',
    title: (t) => t.shell.pages.light,
    sign: 'M7.5 14 H12.5 M8 17 H12 M7.5 14 C7.5 11.5 5 10.5 5 7.5 A5 5 0 0 1 15 7.5 C15 10.5 12.5 11.5 12.5 14',
    key: 'l',
    bar: 'always',
    load: () => import('../light/LightScreen.svelte'),
  },
  {
    page: 'waste',
    title: (t) => t.shell.pages.waste,
    sign: 'M3.5 5.5 H16.5 M7.5 5.5 V3.5 H12.5 V5.5 M5 5.5 L6 17 H14 L15 5.5 M8.5 8.5 V14 M11.5 8.5 V14',
    key: 'w',
    bar: 'roomy',
    load: () => import('../waste/WasteScreen.svelte'),
  },
  {
    page: 'alarms',
    title: (t) => t.shell.pages.alarms,
    sign: 'M10 2.5 A5 5 0 0 0 5 7.5 C5 12 3 13.5 3 14.5 H17 C17 13.5 15 12 15 7.5 A5 5 0 0 0 10 2.5 M8.5 17 H11.5',
    key: 'a',
    bar: 'always',
    load: () => import('../alarms/AlarmsScreen.svelte'),
  },
  {
    page: 'export',
    title: (t) => t.shell.pages.export,
    sign: 'M10 3 V12 M6 8.5 L10 12.5 L14 8.5 M3.5 16.5 H16.5',
    key: 'e',
    load: () => import('../export/ExportView.svelte'),
  },
  {
    page: 'status',
    title: (t) => t.shell.pages.status,
    sign: 'M2.5 11 H6 L8 4.5 L11.5 16 L14 9 L15 11 H17.5',
    key: 's',
    load: () => import('../status/StatusScreen.svelte'),
  },
  {
    page: 'admin',
    title: (t) => t.shell.pages.admin,
    sign: 'M3 5.5 H11 M15 5.5 H17 M3 14.5 H5 M9 14.5 H17 M13 3.5 A2 2 0 1 0 13 7.5 A2 2 0 1 0 13 3.5 M7 12.5 A2 2 0 1 0 7 16.5 A2 2 0 1 0 7 12.5',
    key: 'd',
    isFor: ({ role }) => role !== 'public',
    load: () => import('../admin/AdminScreen.svelte'),
  },
  {
    page: 'help',
    title: (t) => t.shell.pages.help,
    sign: 'M7 7.5 A3 3 0 1 1 10 10.5 V12.5 M10 15.5 V16.5',
    key: 'h',
    load: () => import('../help/HelpScreen.svelte'),
  },
];

/** Reached from a device, not from the menu. */
const deviceScreen: Screen = {
  page: 'device',
  title: (t) => t.shell.pages.device,
  sign: '',
  key: '',
  load: () => import('../device/DeviceScreen.svelte'),
};

/** The entries of the menu for who looks. */
export function menuFor(session: Session): readonly Screen[] {
  return screens.filter(({ isFor }) => isFor?.(session) ?? true);
}

export function screenOf(page: PageName): Screen {
  return screens.find((screen) => screen.page === page) ?? deviceScreen;
}
