/** German, of the help screen. */
export const deHelp = {
  title: 'Hilfe',
  contents: 'Auf dieser Seite',
  signs: 'Was die Zeichen bedeuten',
  signsIntro:
    'Normales ist grau. Farbe hat nur, was auffällt, und nie Farbe allein: Form, Ziffer und Wort sagen dasselbe.',
  shape: 'Die Form sagt, was für ein Gerät es ist.',
  tone: 'Ziffer, Farbe und Größe sagen, wie dringend es ist: 1 erhöht, 2 dringend, 3 sofort.',
  cluster: 'Ein Ring mit Zahl fasst Geräte zusammen; er trägt die Farbe des dringendsten darin.',
  old: 'Wie alte Werte gezeigt werden',
  oldAge: 'Bei jedem Wert steht sein Alter, gezählt vom Zeitpunkt der Messung.',
  oldStale:
    'Wer länger als das Zweieinhalbfache seines Abstands schweigt, ist veraltet: hohles Zeichen, schraffierter Grund, und das Alter als Wort.',
  oldOffline:
    'Offline ist, wer sich abgemeldet hat oder lange schweigt: durchgestrichenes Zeichen.',
  oldGap:
    'Lücken im Verlauf bleiben Lücken. Was nicht gemessen wurde, steht als Strich, nie als 0.',
  oldFlag:
    'Verdächtige Werte sind hohl gezeichnet, schlechte durchgestrichen und in keinem Mittel.',
  oldLink:
    'Ist die Verbindung weg, steht oben seit wann. Die Seite zeigt dann nichts Neueres und tut nicht so.',
  keys: 'Tastatur',
  keysIntro:
    'Alles geht ohne Maus. Tastenkürzel aus einem Zeichen lassen sich in den Einstellungen unter „Tastenkürzel“ ausschalten.',
  connect: 'Ein Gerät in zwei Minuten anschließen',
  connectFirst:
    'Sie brauchen eine Kennung als Anbieter und ein Token; beides vergibt die Verwaltung dieser Installation. Setzen Sie sie unten ein.',
  connectMqtt: 'Mit MQTT',
  connectHttp: 'Mit HTTP',
  connectAirRohr: 'Ein airRohr (sensor.community)',
  connectAirRohrHow: (host: string, port: string) =>
    `Auf der Seite des Sensors unter „An eigene API senden“: Server ${host}, Port ${port}, Pfad /data.php, Benutzer die Kennung des Anbieters, Passwort das Token.`,
  connectSeen:
    'Nach der ersten Meldung steht das Gerät in der Übersicht. Was nicht verstanden wurde, zeigt seine eigene Seite mit dem Grund.',
  connectPort: 'Diese Installation hat keinen eigenen MQTT-Zugang; fragen Sie nach dem Broker.',
  interfaces: 'Schnittstellen',
  apiDocs: 'Alle Schnittstellen, zum Ausprobieren',
  openapi: 'Dasselbe für Programme (OpenAPI)',
  stream: 'Der Strom aller Werte (Server-Sent Events)',
  catalogue: 'Katalog der offenen Daten (DCAT)',
  access: 'Barrierefreiheit',
  accessIntro:
    'Diese Seite ist nach WCAG 2.2 AA gebaut und wird gegen EN 301 549 und die BITV 2.0 geprüft, soweit das mit Werkzeugen und eigenen Proben geht. Eine Prüfung durch eine unabhängige Stelle gibt es nicht.',
  accessList: 'Karte und Verlauf sind Bilder. Die Liste und die Tabelle daneben sagen dasselbe.',
  accessGapsTitle: 'Bekannte Lücken',
  accessGaps: [
    'Es gibt keine Fassung in Leichter Sprache und keine in Deutscher Gebärdensprache.',
    'Namen von Geräten, Orten und Straßen stehen nur in der Sprache, in der sie eingetragen wurden.',
    'Die Beschreibung der Schnittstellen unter /api/docs ist ein fremdes Werkzeug, nur auf Englisch und nicht durchweg mit der Tastatur geprüft.',
    'Heruntergeladene Tabellen sind nicht als barrierefreie Dokumente aufbereitet.',
  ],
  feedback: 'Stößt etwas an eine Barriere, schreiben Sie uns:',
  noContact:
    'Der Betreiber dieser Installation hat hier keine Anschrift eingetragen. Wenden Sie sich an die Stelle, die auf diese Seite verwiesen hat.',
  privacy: 'Datenschutz',
  privacyNone:
    'Keine Zählung, keine Werbung, keine Cookies, solange Sie nicht angemeldet sind. Nach dem Anmelden gibt es ein Cookie, das Sie angemeldet hält, und sonst keines.',
  privacyKept:
    'Sprache, Farben, gemerkte Geräte und letzte Suchen bleiben in diesem Browser und gehen nirgendwohin.',
  privacyOwn: 'Alles wird von diesem Server geladen, nichts von Dritten.',
  privacyTiles: (source: string) =>
    `Eine Ausnahme: die Kacheln der Karte kommen von Dritten (${source}). Dort wird Ihre IP-Adresse bekannt.`,
  licences: 'Lizenzen der Daten',
  licenceOf: (publisher: string) => `Für die offenen Daten steht ein: ${publisher}. Lizenz:`,
  licenceMap: (source: string) => `Karte: ${source}`,
  licenceDemo: 'Die Daten dieser Vorführung sind erfunden und sagen nichts über einen Ort.',
};
