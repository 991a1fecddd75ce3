import type { AlarmPriority } from '../../../../broker/contract/alarm-rules.ts';
import type { RefusalReason, RejectReason } from '../../../../broker/contract/rejection.ts';

/** German, of the device screen. */
export const deDevice = {
  title: 'Gerät',
  /** Beside the name, where another screen leads here. */
  open: 'Gerät prüfen',
  onMap: 'Auf der Karte',
  none: 'Kein Gerät gewählt. Wählen Sie eines in der Übersicht.',
  toOverview: 'Zur Übersicht',
  verdictTitle: 'Funktioniert es?',
  nextDue: (length: string) => `nächste in ${length} erwartet`,
  overdue: (length: string) => `nächste seit ${length} fällig`,
  verdict: {
    works: (ago: string, due: string) => `Funktioniert: letzte Nachricht ${ago}, ${due}.`,
    partly: (rejected: string, of: string, why: string) =>
      `Kommt an, aber ${rejected} von ${of} Messwerten werden abgewiesen: ${why}.`,
    allRejected: (ago: string, why: string) =>
      `Kommt an, aber nichts davon wird angenommen: ${why}. Zuletzt ${ago}.`,
    stale: (ago: string, missed: string) =>
      `Stockt: letzte Nachricht ${ago}, ${missed} sind ausgeblieben.`,
    silent: (ago: string, missed: string) =>
      `Schweigt: letzte Nachricht ${ago}, ${missed} sind ausgeblieben.`,
    saidOffline: (ago: string) =>
      `Offline: Das Gerät hat sich ${ago} abgemeldet oder die Verbindung verloren.`,
    never: 'Noch nie gehört: Von diesem Gerät ist nichts angekommen, auch kein Versuch.',
    neverPublic: 'Noch nie gehört: Von diesem Gerät ist nichts angekommen.',
    refused: (ago: string, why: string) => `Wird an der Tür abgewiesen, zuletzt ${ago}: ${why}.`,
    refusedNever: (ago: string, why: string) =>
      `Noch nie gehört: zuletzt ${ago} an der Tür abgewiesen: ${why}.`,
    notKept: (ago: string) =>
      `Kommt an, kann aber gerade nicht gespeichert werden (${ago}). Das liegt an der Plattform.`,
    unregistered: 'Sendet, ist aber nicht registriert: Alles wird abgewiesen.',
  },
  quoted: (text: string) => `„${text}“`,
  more: (count: string) => `und ${count} weitere`,
  meant: (name: string) => `gemeint ist vielleicht „${name}“`,
  forUser: (user: string) => `Benutzer ${user}`,
  forTopic: (topic: string) => `Topic ${topic}`,
  notes: {
    clockAhead: (length: string) =>
      `Die Uhr des Geräts geht ${length} vor. Ab 5 min wird abgewiesen.`,
    clockBehind: (length: string) =>
      `Zwischen Messung und Ankunft liegen ${length}: Die Uhr geht nach, oder es wird gepuffert.`,
    doubted: (count: string, of: string) =>
      `${count} von ${of} Werten der letzten Nachricht sind zweifelhaft.`,
    unknown: {
      'messages-elsewhere':
        'Letzte Nachrichten sind hier nicht bekannt: Die Annahme läuft in einem anderen Prozess.',
      'refusals-elsewhere':
        'Abgewiesene Verbindungen sind hier nicht bekannt: Der Broker läuft in einem anderen Prozess.',
    },
  },
  whatNext: 'Was jetzt hilft',
  advice: {
    works: 'Nichts zu tun.',
    never:
      'Prüfen Sie Adresse und Port, dann Benutzername und Token. Der Befehl unten muss von einem Rechner im selben Netz gelingen.',
    silent:
      'Prüfen Sie Strom und Netz des Geräts. Gelingt der Befehl unten, liegt es nicht an der Plattform.',
    saidOffline:
      'Prüfen Sie Strom und Netz. Steht das Gerät, meldet es sich mit „online“ auf seinem status-Topic zurück.',
    notKept:
      'Das Gerät soll weiter senden. Wer die Plattform betreibt, sieht den Grund unter Betrieb.',
    unregistered:
      'Registrieren Sie das Gerät (POST /api/v1/devices) und spielen Sie die abgewiesenen Nachrichten danach neu ein.',
    replay:
      'Ist die Ursache behoben, lassen sich die abgewiesenen Nachrichten unten neu einspielen.',
  },
  reject: {
    'malformed-payload': 'kein lesbares JSON',
    'unknown-format': 'unbekanntes Format',
    'empty-message': 'leere Nachricht',
    'too-many-readings': 'zu viele Messwerte',
    'unknown-metric': 'unbekannte Messgröße',
    'unknown-unit': 'unbekannte Einheit',
    'not-a-number': 'keine Zahl',
    'out-of-range': 'außerhalb des Messbereichs',
    'invalid-timestamp': 'unlesbarer Zeitpunkt',
    'future-timestamp': 'Zeitpunkt in der Zukunft',
    'expired-timestamp': 'Zeitpunkt zu alt',
    'unknown-device': 'unbekanntes Gerät',
    'store-refused': 'vom Speicher abgelehnt',
  } satisfies Record<RejectReason, string>,
  rejectAdvice: {
    'malformed-payload': 'Senden Sie JSON in UTF-8; rohe Bytes der letzten Nachricht stehen unten.',
    'unknown-format':
      'Verstanden werden ein JSON-Objekt mit Messgrößen, {"readings":[…]}, SenML und airRohr.',
    'empty-message':
      'Die Nachricht hat keinen Messwert. Messgrößen stehen als Namen im JSON-Objekt.',
    'too-many-readings': 'Teilen Sie die Nachricht: höchstens 5000 Messwerte in einer.',
    'unknown-metric':
      'Benutzen Sie die Namen des Katalogs; die übrigen Messwerte werden angenommen.',
    'unknown-unit': 'SenML: Benutzen Sie die Einheit aus RFC 8428, oder lassen Sie sie weg.',
    'not-a-number': 'Senden Sie eine Zahl; „NaN“ und Wörter sind keine.',
    'out-of-range':
      'Prüfen Sie Einheit und Verkabelung: Solche Werte kann der Sensor nicht messen.',
    'invalid-timestamp':
      '„at“ ist ISO 8601 mit Zone oder Epoche in s oder ms. Ohne zählt die Ankunft.',
    'future-timestamp':
      'Stellen Sie die Uhr (NTP), oder lassen Sie „at“ weg: Dann zählt die Ankunft.',
    'expired-timestamp':
      'Älter, als Rohwerte aufbewahrt werden. Ältere Reihen nimmt der Import an.',
    'unknown-device': 'Registrieren Sie das Gerät, oder senden Sie mit dem Token seines Anbieters.',
    'store-refused':
      'Der Speicher nimmt diesen Wert nicht. Bitte geben Sie den Betreibern Bescheid.',
  } satisfies Record<RejectReason, string>,
  refuse: {
    'bad-credentials': 'falsches Token',
    'too-many-attempts': 'zu viele Versuche',
    'unsupported-protocol': 'MQTT-Version nicht unterstützt',
    'invalid-connect': 'Anmeldung ungültig oder Client-Id vergeben',
    'forbidden-publish': 'darf hier nicht senden',
    'forbidden-subscribe': 'darf hier nicht abonnieren',
    'forbidden-will': 'letzter Wille nicht erlaubt',
    'invalid-topic': 'ungültiges Topic',
    'packet-too-large': 'Nachricht zu groß',
    'malformed-packet': 'fehlerhaftes Paket',
    'too-many-clients': 'zu viele Verbindungen',
    'too-slow': 'zu langsam gesendet',
    'too-many-subscriptions': 'zu viele Abonnements',
    'queue-full': 'Warteschlange voll',
    overloaded: 'Plattform überlastet',
  } satisfies Record<RefusalReason, string>,
  refuseAdvice: {
    'bad-credentials':
      'Benutzername und Token gehören zusammen: „anbieter“ mit dem Token des Anbieters, „anbieter/gerät“ mit dem des Geräts.',
    'too-many-attempts': 'Warten Sie eine Minute, dann mit dem richtigen Token.',
    'unsupported-protocol': 'Stellen Sie das Gerät auf MQTT 3.1.1.',
    'invalid-connect':
      'Die Client-Id muss eindeutig sein und nur von einem Konto benutzt werden; ohne Id nur mit clean session.',
    'forbidden-publish': 'Das Topic muss zum Konto gehören: siehe Befehl unten.',
    'forbidden-subscribe': 'Ein Gerät abonniert nur sein eigenes commands-Topic.',
    'forbidden-will': 'Der letzte Wille gehört auf das status-Topic des Geräts.',
    'packet-too-large': 'Höchstens 256 KiB je Nachricht: in mehrere teilen.',
    other: 'Das Gerät soll es mit einer Pause von einigen Sekunden wieder versuchen.',
  },
  tryMqtt: 'Zum Ausprobieren über MQTT',
  tryHttp: 'Oder über HTTP: Die Antwort sagt, was daraus wurde',
  tokenHint: 'TOKEN ist das Token des Geräts; es wird nur bei der Registrierung gezeigt.',
  copy: 'Kopieren',
  copied: 'Kopiert',
  messages: 'Letzte Nachrichten',
  noMessages: 'Seit dem Start der Plattform ist keine Nachricht angekommen.',
  asSent: 'Wie gesendet',
  asUnderstood: 'Wie verstanden',
  bytes: (count: string) => `${count} Byte`,
  cutAt: (count: string) => `die ersten ${count} sind gezeigt`,
  notText: 'kein Text, als Base64',
  empty: '(leer)',
  dialect: 'Format',
  topic: 'Topic',
  path: 'Pfad',
  arrival: 'Ankunft',
  metric: 'Messgröße',
  value: 'Wert',
  eventTime: 'Zeit der Messung',
  quality: 'Qualität',
  untimed: (count: string) => `${count} ohne eigene Zeit: Es zählt die Ankunft.`,
  acceptedOf: (accepted: string, rejected: string) =>
    `${accepted} angenommen, ${rejected} abgewiesen`,
  notListed: (count: string) => `${count} weitere sind nicht aufgeführt.`,
  saidOnline: 'Status: online',
  saidOffline: 'Status: offline',
  isAck: 'Antwort auf einen Befehl',
  kept: 'gespeichert',
  notKept: 'nicht gespeichert',
  rejections: 'Abgewiesene Nachrichten',
  noRejections: 'Keine abgewiesene Nachricht.',
  replay: 'Neu einspielen',
  replayOf: (time: string) => `Nachricht von ${time} neu einspielen`,
  replayed: (accepted: string, rejected: string) =>
    `Neu eingespielt: ${accepted} angenommen, ${rejected} abgewiesen.`,
  replayFailed: 'Das Einspielen ist fehlgeschlagen.',
  rawBytes: 'Rohe Nachricht',
  refusals: 'An der Tür abgewiesen',
  noRefusals: 'Niemand wurde abgewiesen.',
  times: (count: string) => `${count}-mal`,
  from: (address: string) => `von ${address}`,
  schedule: 'Takt und Signal',
  expected: 'Erwartet alle',
  expectedFrom: {
    registered: 'so registriert',
    estimated: 'aus den Nachrichten geschätzt',
    kind: 'üblich für diese Art',
  },
  due: 'Nächste Nachricht',
  clock: 'Uhr des Geräts',
  clockOk: (length: string) => `${length} zwischen Messung und Ankunft`,
  clockAhead: (length: string) => `${length} voraus`,
  clockUnknown: 'sendet keine eigene Zeit',
  signal: 'Signal',
  notSent: 'nicht gesendet',
  availability: 'Verfügbarkeit',
  availabilityOf: (share: string, days: string) =>
    `${share} in ${days} ${days === '1' ? 'Tag' : 'Tagen'}`,
  noAvailability: 'Noch kein Tag, über den sich etwas sagen lässt.',
  availabilityBasis: (metric: string) => `Abdeckung durch ${metric}, je Tag in UTC`,
  availabilityTable: 'Tage als Tabelle',
  day: 'Tag',
  coverage: 'Abdeckung',
  notThere: 'noch nicht da',
  station: 'Gerät und Ort',
  alarms: 'Offene Alarme',
  noAlarms: 'Kein offener Alarm.',
  alarmsFailed: 'Die Alarme lassen sich gerade nicht lesen.',
  allAlarms: 'Alle Alarme',
  priority: {
    critical: 'kritisch',
    high: 'hoch',
    medium: 'mittel',
    low: 'niedrig',
  } satisfies Record<AlarmPriority, string>,
  signInHint:
    'Rohe Nachrichten und Ursachen sehen der Anbieter des Geräts und der Betrieb nach dem Anmelden.',
  facts: {
    method: 'Messverfahren',
    siteType: 'Standorttyp',
    samplingPoint: 'Probenahmestelle',
    altitude: 'Höhe über NN',
    inlet: 'Höhe des Einlasses',
    kerb: 'Abstand zur Fahrbahn',
    serial: 'Seriennummer',
    firmware: 'Firmware',
    licence: 'Lizenz',
    group: 'Hängt an',
    createdAt: 'Registriert',
    public: 'Öffentlich',
  },
  method: {
    reference: 'Referenzverfahren',
    equivalent: 'gleichwertig',
    indicative: 'orientierend',
    maker: 'Eigenbau',
  },
  siteType: { traffic: 'Verkehr', background: 'Hintergrund', industrial: 'Industrie' },
  commands: 'Befehle',
  ping: 'Anpingen',
  switchOn: 'Einschalten',
  switchOff: 'Ausschalten',
  dim: 'Dimmen',
  dimLevel: 'Dimmstufe in Prozent',
  automatic: 'Automatik',
  send: 'Senden',
  lastCommands: 'Letzte Befehle',
  noCommands: 'Noch kein Befehl.',
  commandFailed: 'Der Befehl konnte nicht gesendet werden.',
  commandName: {
    ping: 'Ping',
    switch: 'Schalten',
    dim: 'Dimmen',
    automatic: 'Automatik',
  } as Readonly<Record<string, string>>,
  commandState: {
    queued: 'wartet auf das Gerät',
    delivered: 'zugestellt',
    acknowledged: 'ausgeführt',
    failed: 'fehlgeschlagen',
    expired: 'abgelaufen',
  },
  commandBy: (who: string) => `von ${who}`,
  expiresIn: (length: string) => `läuft in ${length} ab`,
};
