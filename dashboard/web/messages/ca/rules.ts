import type { deRules } from '../de/rules.ts';

/** Catalan: what the rules are called that came with the platform, what to do, and what happens if nobody does. */
export const caRules: typeof deRules = {
  'eu-2024-alert': {
    name: 'Llindar d’alerta superat (UE 2024/2881)',
    response: 'Comproveu l’instrument, aviseu la població i activeu el pla d’acció a curt termini.',
    consequence: 'Una exposició breu ja és un risc per a la salut de tothom.',
  },
  'eu-2024-information': {
    name: 'Llindar d’informació superat (UE 2024/2881)',
    response: 'Comproveu l’instrument i informeu la població i els serveis de salut.',
    consequence: 'Una exposició breu ja és un risc per a les persones sensibles.',
  },
  'eu-2008-alert': {
    name: 'Llindar d’alerta superat (UE 2008/50)',
    response: 'Comproveu l’instrument, aviseu la població i activeu el pla d’acció a curt termini.',
    consequence: 'Una exposició breu ja és un risc per a la salut de tothom.',
  },
  'eu-2008-information': {
    name: 'Llindar d’informació superat (UE 2008/50)',
    response: 'Comproveu l’instrument i informeu la població i els serveis de salut.',
    consequence: 'Una exposició breu ja és un risc per a les persones sensibles.',
  },
  'air-index': {
    name: 'Qualitat de l’aire molt desfavorable o pitjor',
    response: 'Compareu-ho amb els veïns i el temps; busqueu una font a prop.',
    consequence: 'La gent respira aire dolent sense saber-ho.',
  },
  'lamp-supply-loss': {
    name: 'Llum sense subministrament',
    response: 'Truqueu a la distribuïdora o envieu un electricista al quadre.',
    consequence:
      'El carrer és fosc; un quadre sense subministrament deixa sense llum tots els seus punts.',
  },
  'lamp-failed': {
    name: 'Llum avariat',
    response: 'Demaneu-ne el recanvi per a la pròxima ronda.',
    consequence: 'De nit hi queda un punt fosc.',
  },
  'lamp-day-burner': {
    name: 'Llum encès de dia',
    response: 'Apagueu-lo des d’aquí; reviseu el contactor i la fotocèl·lula.',
    consequence: 'Es malgasta energia i vida del llum.',
  },
  'lamp-dark-at-night': {
    name: 'Llum apagat de nit',
    response: 'Reviseu l’horari i l’ordre d’encesa; enceneu-lo des d’aquí.',
    consequence: 'El carrer és fosc tot i que no hi ha res espatllat.',
  },
  'lamp-cycling': {
    name: 'Llum que s’encén i s’apaga',
    response: 'Demaneu-ne el recanvi per a la pròxima ronda.',
    consequence: 'Està a punt de fallar i molesta la gent.',
  },
  'lamp-silent': {
    name: 'Llum que no informa',
    response: 'Reviseu la passarel·la i la xarxa del quadre.',
    consequence: 'Les seves avaries no es veuen.',
  },
  'bin-fire': {
    name: 'Foc en un contenidor',
    response: 'Truqueu als bombers.',
    consequence: 'El foc s’estén al que hi ha al costat.',
  },
  'bin-overflow': {
    name: 'Contenidor sobreeixit',
    response: 'Envieu-hi un vehicle fora de torn.',
    consequence: 'Hi ha residus al carrer.',
  },
  'bin-dropped': {
    name: 'Contenidor bolcat',
    response: 'Feu-lo posar dret.',
    consequence: 'Fa nosa, i no se’n coneix el nivell.',
  },
  'bin-urgent': {
    name: 'Contenidor gairebé ple',
    response: 'Poseu-lo a la pròxima ruta.',
    consequence: 'Sobreeixirà abans del seu torn.',
  },
  'bin-due': {
    name: 'Contenidor per buidar',
    response: 'Planifiqueu-lo en una ruta.',
    consequence: 'D’aquí a pocs dies serà ple.',
  },
  'bin-silent': {
    name: 'Contenidor que no informa',
    response: 'Reviseu la bateria i la xarxa; mireu-lo a la pròxima ruta.',
    consequence: 'No se’n veu el nivell, ni un foc.',
  },
  'sensor-silent': {
    name: 'Sensor que no informa',
    response: 'Reviseu l’alimentació i la xarxa; pregunteu al propietari.',
    consequence: 'L’estadística perd hores: calen 45 minuts per fer-ne una.',
  },
  'sensor-bad-values': {
    name: 'Sensor amb valors impossibles',
    response: 'Mireu els motius dels valors; netegeu o canvieu el sensor.',
    consequence: 'Els seus valors no compten.',
  },
  'battery-low': {
    name: 'Bateria baixa',
    response: 'Canvieu o carregueu la bateria a la pròxima visita.',
    consequence: 'El dispositiu deixarà d’enviar.',
  },
  'stuck-particles': {
    name: 'Sensor de partícules encallat en un valor',
    response: 'Reinicieu o canvieu el sensor.',
    consequence: 'Els valors semblen bons i no ho són.',
  },
  'stuck-noise': {
    name: 'Sensor de soroll encallat en un valor',
    response: 'Reinicieu o canvieu el sensor.',
    consequence: 'Els valors semblen bons i no ho són.',
  },
  'stuck-temperature': {
    name: 'Termòmetre encallat en un valor',
    response: 'Reinicieu o canvieu el sensor.',
    consequence: 'Els valors semblen bons i no ho són.',
  },
};
