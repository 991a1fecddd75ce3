import type { deHelp } from '../de/help.ts';

/** Catalan, of the help screen. */
export const caHelp: typeof deHelp = {
  title: 'Ajuda',
  contents: 'En aquesta pàgina',
  signs: 'Què signifiquen els signes',
  signsIntro:
    'El que és normal és gris. Només té color el que és anòmal, i mai el color tot sol: la forma, la xifra i la paraula diuen el mateix.',
  shape: 'La forma indica quin tipus de dispositiu és.',
  tone: 'La xifra, el color i la mida indiquen la urgència: 1 elevat, 2 urgent, 3 immediat.',
  cluster: 'Un anell amb un nombre agrupa dispositius i té el color del més urgent.',
  old: 'Com es mostren els valors antics',
  oldAge: 'Al costat de cada valor hi ha la seva antiguitat, comptada des del moment de la mesura.',
  oldStale:
    'Un dispositiu que calla més de dues vegades i mitja el seu interval està desfasat: signe buit, fons ratllat i l’antiguitat en paraules.',
  oldOffline:
    'Un dispositiu que s’ha desconnectat o que calla des de fa temps és fora de línia: signe ratllat.',
  oldGap: 'Els buits de l’evolució es mantenen buits. El que no s’ha mesurat és un guió, mai un 0.',
  oldFlag:
    'Els valors sospitosos es dibuixen buits; els dolents, ratllats, i no entren en cap mitjana.',
  oldLink:
    'Si es perd la connexió, a dalt s’indica des de quan. La pàgina no mostra res de més nou ni ho fa veure.',
  keys: 'Teclat',
  keysIntro:
    'Tot funciona sense ratolí. Les dreceres d’un sol caràcter es poden desactivar a la configuració, a «Dreceres de teclat».',
  connect: 'Connecteu un dispositiu en dos minuts',
  connectFirst:
    'Us cal un identificador de proveïdor i un testimoni; tots dos els facilita l’administració d’aquesta instal·lació. Poseu-los a continuació.',
  connectMqtt: 'Per MQTT',
  connectHttp: 'Per HTTP',
  connectAirRohr: 'Un airRohr (sensor.community)',
  connectAirRohrHow: (host, port) =>
    `A la pàgina del sensor, a «Send data to own API»: servidor ${host}, port ${port}, camí /data.php, usuari l’identificador del proveïdor, contrasenya el testimoni.`,
  connectSeen:
    'Després del primer enviament, el dispositiu apareix al resum. El que no s’ha entès és a la pàgina del dispositiu, amb el motiu.',
  connectPort: 'Aquesta instal·lació no té cap port MQTT propi; demaneu quin és el broker.',
  interfaces: 'Interfícies',
  apiDocs: 'Totes les interfícies, per provar-les',
  openapi: 'El mateix per a programes (OpenAPI)',
  stream: 'El flux de tots els valors (Server-Sent Events)',
  catalogue: 'Catàleg de dades obertes (DCAT)',
  access: 'Accessibilitat',
  accessIntro:
    'Aquesta pàgina s’ha fet segons les WCAG 2.2 AA i es comprova respecte a l’EN 301 549 i la BITV 2.0 alemanya fins on arriben les eines i les proves pròpies. No l’ha auditada cap entitat independent.',
  accessList: 'El mapa i el gràfic són imatges. La llista i la taula del costat diuen el mateix.',
  accessGapsTitle: 'Mancances conegudes',
  accessGaps: [
    'No hi ha versió en lectura fàcil ni en llengua de signes.',
    'Els noms de dispositius, llocs i carrers només són en la llengua en què es van introduir.',
    'La descripció de les interfícies a /api/docs és una eina d’un altre projecte, només en anglès i no provada del tot amb el teclat.',
    'Les taules baixades no estan preparades com a documents accessibles.',
  ],
  feedback: 'Si trobeu cap barrera, escriviu-nos:',
  noContact:
    'L’operador d’aquesta instal·lació no ha indicat cap adreça. Adreceu-vos a qui us hagi remès a aquesta pàgina.',
  privacy: 'Privadesa',
  privacyNone:
    'Ni recomptes, ni publicitat, ni galetes mentre no inicieu la sessió. En iniciar-la hi ha una sola galeta, que la manté oberta.',
  privacyKept:
    'La llengua, els colors, els dispositius preferits i les cerques recents es queden en aquest navegador i no van enlloc.',
  privacyOwn: 'Tot es carrega d’aquest servidor, res de tercers.',
  privacyTiles: (source) =>
    `Una excepció: les tessel·les del mapa venen d’un tercer (${source}), que coneix així la vostra adreça IP.`,
  licences: 'Llicències de les dades',
  licenceOf: (publisher) => `Responsable de les dades obertes: ${publisher}. Llicència:`,
  licenceMap: (source) => `Mapa: ${source}`,
  licenceDemo: 'Les dades d’aquesta demostració són inventades i no diuen res de cap lloc.',
};
