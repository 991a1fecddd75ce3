import type { deHelp } from '../de/help.ts';

/** English, of the help screen. */
export const enHelp: typeof deHelp = {
  title: 'Help',
  contents: 'On this page',
  signs: 'What the signs mean',
  signsIntro:
    'Normal is grey. Only what is abnormal has a colour, and never colour alone: shape, digit and word say the same.',
  shape: 'The shape says what kind of device it is.',
  tone: 'Digit, colour and size say how urgent it is: 1 elevated, 2 urgent, 3 at once.',
  cluster: 'A ring with a number gathers devices; it has the colour of the most urgent among them.',
  old: 'How old values are shown',
  oldAge: 'Beside every value stands its age, counted from when it was measured.',
  oldStale:
    'A device that is silent for more than two and a half times its interval is stale: hollow sign, hatched ground, and its age in words.',
  oldOffline: 'A device that signed off or has long been silent is offline: a struck-out sign.',
  oldGap: 'Gaps in the history stay gaps. What was not measured is a dash, never 0.',
  oldFlag: 'Suspect values are drawn hollow, bad ones struck out and in no mean.',
  oldLink:
    'When the connection is lost, the top of the page says since when. It then shows nothing newer and does not pretend to.',
  keys: 'Keyboard',
  keysIntro:
    'Everything works without a mouse. Shortcuts of a single character can be switched off in the settings under “Keyboard shortcuts”.',
  connect: 'Connect a device in two minutes',
  connectFirst:
    'You need an id as a provider and a token; the administration of this installation hands out both. Put them in below.',
  connectMqtt: 'Over MQTT',
  connectHttp: 'Over HTTP',
  connectAirRohr: 'An airRohr (sensor.community)',
  connectAirRohrHow: (host, port) =>
    `On the sensor’s own page under “Send data to own API”: server ${host}, port ${port}, path /data.php, user the provider’s id, password the token.`,
  connectSeen:
    'After its first report the device is in the overview. What was not understood is on the device’s own page, with the reason.',
  connectPort: 'This installation has no MQTT port of its own; ask for its broker.',
  interfaces: 'Interfaces',
  apiDocs: 'All interfaces, to try out',
  openapi: 'The same for programs (OpenAPI)',
  stream: 'The stream of all values (server-sent events)',
  catalogue: 'Catalogue of the open data (DCAT)',
  access: 'Accessibility',
  accessIntro:
    'This page is built to WCAG 2.2 AA and checked against EN 301 549 and the German BITV 2.0 as far as tools and our own trials go. It has not been tested by an independent body.',
  accessList: 'Map and chart are pictures. The list and the table beside them say the same.',
  accessGapsTitle: 'Known gaps',
  accessGaps: [
    'There is no version in easy language and none in sign language.',
    'Names of devices, places and streets stand only in the language in which they were entered.',
    'The description of the interfaces at /api/docs is another project’s tool, in English only, and not tried by keyboard throughout.',
    'Downloaded tables are not prepared as accessible documents.',
  ],
  feedback: 'If something is a barrier to you, write to us:',
  noContact:
    'The operator of this installation has entered no address here. Please turn to whoever referred you to this page.',
  privacy: 'Privacy',
  privacyNone:
    'No counting, no advertising, no cookies as long as you are not signed in. After signing in there is one cookie, which keeps you signed in, and no other.',
  privacyKept:
    'Language, colours, favourite devices and recent searches stay in this browser and go nowhere.',
  privacyOwn: 'Everything is loaded from this server, nothing from third parties.',
  privacyTiles: (source) =>
    `One exception: the tiles of the map come from a third party (${source}), which learns your IP address.`,
  licences: 'Licences of the data',
  licenceOf: (publisher) => `Answering for the open data: ${publisher}. Licence:`,
  licenceMap: (source) => `Map: ${source}`,
  licenceDemo: 'The data of this demonstration are made up and say nothing about any place.',
};
