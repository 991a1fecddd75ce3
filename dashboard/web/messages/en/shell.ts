import type { deShell } from '../de/shell.ts';

/** English, of what frames every screen. */
export const enShell: typeof deShell = {
  overview: 'Overview',
  export: 'Export',
  menu: 'Main menu',
  more: 'More',
  failed: 'This view could not be loaded.',
  needsSignIn: 'Please sign in for this.',
  skipToContent: 'Skip to the content',
  openAlarms: (count) => `${count} open alarms`,
  copyLink: 'Copy link',
  copyLinkHint: 'The link shows exactly this view',
  linkCopied: 'Link copied',
  copyFailed: 'The browser does not allow copying; the link is in the address bar.',
  keyboard: 'Keyboard shortcuts',
  keysOn: 'Use shortcuts of a single character',
  keysOffHint:
    'Switched off, only Escape and the keys of the list, the map and the chart have an effect.',
  andThen: 'then',
  keys: {
    search: 'Search',
    help: 'Show these shortcuts',
    pause: 'Pause and resume',
    escape: 'Close, clear the selection, go back',
    list: 'In the list: previous and next device',
    choose: 'In the list: choose the device',
    map: 'On the map: pan',
    zoom: 'On the map: zoom in, zoom out',
    chart: 'In the chart: move the cursor',
  },
  keyNames: { enter: 'Enter', space: 'Space' },
  goTo: (screen) => `Go to: ${screen}`,
  printed: (time) => `As of ${time}`,
  printedFrom: (address) => `Source: ${address}`,
  printedRows: (shown, total) => `Printed: ${shown} of ${total} devices`,
  noConnection: (time) =>
    `No connection since ${time}. What stands here is from before; there is nothing newer.`,
  neverConnected: (time) => `No connection since ${time}. No values are shown, not even old ones.`,
  backWhenReached: 'It goes on by itself as soon as the server is reached.',
  embed: 'Show on other pages',
  embedHint:
    'This line shows value, age and 24 hours on any page, without signing in and without cookies.',
};
