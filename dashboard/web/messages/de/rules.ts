/** German: what the rules are called that came with the platform, what to do, and what happens if nobody does. */
export const deRules = {
  'eu-2024-alert': {
    name: 'Alarmschwelle überschritten (EU 2024/2881)',
    response: 'Messgerät prüfen, Bevölkerung warnen, Plan für kurzfristige Maßnahmen beginnen.',
    consequence: 'Schon kurze Belastung gefährdet die Gesundheit aller.',
  },
  'eu-2024-information': {
    name: 'Informationsschwelle überschritten (EU 2024/2881)',
    response: 'Messgerät prüfen, Bevölkerung und Gesundheitsdienste unterrichten.',
    consequence: 'Schon kurze Belastung gefährdet empfindliche Menschen.',
  },
  'eu-2008-alert': {
    name: 'Alarmschwelle überschritten (EU 2008/50)',
    response: 'Messgerät prüfen, Bevölkerung warnen, Plan für kurzfristige Maßnahmen beginnen.',
    consequence: 'Schon kurze Belastung gefährdet die Gesundheit aller.',
  },
  'eu-2008-information': {
    name: 'Informationsschwelle überschritten (EU 2008/50)',
    response: 'Messgerät prüfen, Bevölkerung und Gesundheitsdienste unterrichten.',
    consequence: 'Schon kurze Belastung gefährdet empfindliche Menschen.',
  },
  'air-index': {
    name: 'Luftqualität sehr schlecht oder schlechter',
    response: 'Mit Nachbarn und Wetter vergleichen; nach einer Quelle in der Nähe suchen.',
    consequence: 'Menschen halten sich in schlechter Luft auf, ohne es zu wissen.',
  },
  'lamp-supply-loss': {
    name: 'Lampe ohne Versorgung',
    response: 'Netzbetreiber anrufen oder Elektriker zum Schaltschrank schicken.',
    consequence: 'Die Straße ist dunkel; ein Schrank ohne Versorgung nimmt alle seine Lampen mit.',
  },
  'lamp-failed': {
    name: 'Lampe ausgefallen',
    response: 'Ersatz für die nächste Runde bestellen.',
    consequence: 'Nachts bleibt eine dunkle Stelle.',
  },
  'lamp-day-burner': {
    name: 'Lampe brennt am Tag',
    response: 'Von hier aus ausschalten; Schütz und Dämmerungsschalter prüfen.',
    consequence: 'Strom und Lebensdauer werden verschwendet.',
  },
  'lamp-dark-at-night': {
    name: 'Lampe nachts dunkel',
    response: 'Schaltplan und Schaltbefehl prüfen; von hier aus einschalten.',
    consequence: 'Die Straße ist dunkel, obwohl nichts defekt ist.',
  },
  'lamp-cycling': {
    name: 'Lampe geht an und aus',
    response: 'Ersatz für die nächste Runde bestellen.',
    consequence: 'Sie fällt bald aus und stört die Menschen.',
  },
  'lamp-silent': {
    name: 'Lampe meldet sich nicht',
    response: 'Gateway und Netz des Schaltschranks prüfen.',
    consequence: 'Ihre Ausfälle bleiben unbemerkt.',
  },
  'bin-fire': {
    name: 'Brand in einem Behälter',
    response: 'Feuerwehr rufen.',
    consequence: 'Das Feuer greift auf die Umgebung über.',
  },
  'bin-overflow': {
    name: 'Behälter übervoll',
    response: 'Ein Fahrzeug außer der Reihe schicken.',
    consequence: 'Abfall liegt auf der Straße.',
  },
  'bin-dropped': {
    name: 'Behälter umgestürzt',
    response: 'Aufstellen lassen.',
    consequence: 'Er steht im Weg, und sein Füllstand ist nicht bekannt.',
  },
  'bin-urgent': {
    name: 'Behälter fast voll',
    response: 'In die nächste Tour aufnehmen.',
    consequence: 'Er läuft vor seinem Termin über.',
  },
  'bin-due': {
    name: 'Behälter zu leeren',
    response: 'In eine Tour einplanen.',
    consequence: 'In wenigen Tagen ist er voll.',
  },
  'bin-silent': {
    name: 'Behälter meldet sich nicht',
    response: 'Batterie und Netz prüfen; bei der nächsten Tour ansehen.',
    consequence: 'Sein Füllstand, und ein Brand, bleiben unbemerkt.',
  },
  'sensor-silent': {
    name: 'Sensor meldet sich nicht',
    response: 'Versorgung und Netz prüfen; den Betreiber fragen.',
    consequence: 'Der Statistik fehlen Stunden: eine Stunde braucht 45 Minuten.',
  },
  'sensor-bad-values': {
    name: 'Sensor meldet Unmögliches',
    response: 'Gründe an den Werten ansehen; Sensor reinigen oder tauschen.',
    consequence: 'Seine Werte zählen nicht.',
  },
  'battery-low': {
    name: 'Batterie schwach',
    response: 'Beim nächsten Besuch tauschen oder laden.',
    consequence: 'Das Gerät verstummt.',
  },
  'stuck-particles': {
    name: 'Staubsensor steht auf einem Wert',
    response: 'Sensor neu starten oder tauschen.',
    consequence: 'Seine Werte sehen richtig aus und sind es nicht.',
  },
  'stuck-noise': {
    name: 'Lärmsensor steht auf einem Wert',
    response: 'Sensor neu starten oder tauschen.',
    consequence: 'Seine Werte sehen richtig aus und sind es nicht.',
  },
  'stuck-temperature': {
    name: 'Thermometer steht auf einem Wert',
    response: 'Sensor neu starten oder tauschen.',
    consequence: 'Seine Werte sehen richtig aus und sind es nicht.',
  },
};
