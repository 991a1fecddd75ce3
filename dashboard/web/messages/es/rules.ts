import type { deRules } from '../de/rules.ts';

/** Spanish: what the rules are called that came with the platform, what to do, and what happens if nobody does. */
export const esRules: typeof deRules = {
  'eu-2024-alert': {
    name: 'Umbral de alerta superado (UE 2024/2881)',
    response:
      'Compruebe el instrumento, avise a la población y active el plan de acción a corto plazo.',
    consequence: 'Una exposición breve ya es un riesgo para la salud de todos.',
  },
  'eu-2024-information': {
    name: 'Umbral de información superado (UE 2024/2881)',
    response: 'Compruebe el instrumento e informe a la población y a los servicios de salud.',
    consequence: 'Una exposición breve ya es un riesgo para las personas sensibles.',
  },
  'eu-2008-alert': {
    name: 'Umbral de alerta superado (UE 2008/50)',
    response:
      'Compruebe el instrumento, avise a la población y active el plan de acción a corto plazo.',
    consequence: 'Una exposición breve ya es un riesgo para la salud de todos.',
  },
  'eu-2008-information': {
    name: 'Umbral de información superado (UE 2008/50)',
    response: 'Compruebe el instrumento e informe a la población y a los servicios de salud.',
    consequence: 'Una exposición breve ya es un riesgo para las personas sensibles.',
  },
  'air-index': {
    name: 'Calidad del aire muy desfavorable o peor',
    response: 'Compare con los vecinos y el tiempo; busque una fuente cercana.',
    consequence: 'La gente respira aire malo sin saberlo.',
  },
  'lamp-supply-loss': {
    name: 'Lámpara sin suministro',
    response: 'Llame a la distribuidora o envíe un electricista al cuadro.',
    consequence:
      'La calle está a oscuras; un cuadro sin suministro deja sin luz a todas sus lámparas.',
  },
  'lamp-failed': {
    name: 'Lámpara averiada',
    response: 'Pida el recambio para la próxima ronda.',
    consequence: 'De noche queda un punto oscuro.',
  },
  'lamp-day-burner': {
    name: 'Lámpara encendida de día',
    response: 'Apáguela desde aquí; revise el contactor y la fotocélula.',
    consequence: 'Se malgasta energía y vida de la lámpara.',
  },
  'lamp-dark-at-night': {
    name: 'Lámpara apagada de noche',
    response: 'Revise el horario y la orden de encendido; enciéndala desde aquí.',
    consequence: 'La calle está a oscuras aunque nada esté roto.',
  },
  'lamp-cycling': {
    name: 'Lámpara que se enciende y se apaga',
    response: 'Pida el recambio para la próxima ronda.',
    consequence: 'Está a punto de fallar y molesta a la gente.',
  },
  'lamp-silent': {
    name: 'Lámpara que no informa',
    response: 'Revise la pasarela y la red del cuadro.',
    consequence: 'Sus averías no se ven.',
  },
  'bin-fire': {
    name: 'Fuego en un contenedor',
    response: 'Llame a los bomberos.',
    consequence: 'El fuego se extiende a lo que hay al lado.',
  },
  'bin-overflow': {
    name: 'Contenedor desbordado',
    response: 'Envíe un vehículo fuera de turno.',
    consequence: 'Hay residuos en la calle.',
  },
  'bin-dropped': {
    name: 'Contenedor volcado',
    response: 'Haga que lo levanten.',
    consequence: 'Estorba, y no se conoce su nivel.',
  },
  'bin-urgent': {
    name: 'Contenedor casi lleno',
    response: 'Póngalo en la próxima ruta.',
    consequence: 'Se desbordará antes de su turno.',
  },
  'bin-due': {
    name: 'Contenedor por vaciar',
    response: 'Planifíquelo en una ruta.',
    consequence: 'En pocos días estará lleno.',
  },
  'bin-silent': {
    name: 'Contenedor que no informa',
    response: 'Revise la batería y la red; mírelo en la próxima ruta.',
    consequence: 'No se ve su nivel, ni un fuego.',
  },
  'sensor-silent': {
    name: 'Sensor que no informa',
    response: 'Revise la alimentación y la red; pregunte al propietario.',
    consequence: 'La estadística pierde horas: hacen falta 45 minutos para una.',
  },
  'sensor-bad-values': {
    name: 'Sensor con valores imposibles',
    response: 'Mire los motivos de sus valores; limpie o cambie el sensor.',
    consequence: 'Sus valores no cuentan.',
  },
  'battery-low': {
    name: 'Batería baja',
    response: 'Cambie o cargue la batería en la próxima visita.',
    consequence: 'El dispositivo dejará de enviar.',
  },
  'stuck-particles': {
    name: 'Sensor de partículas atascado en un valor',
    response: 'Reinicie o cambie el sensor.',
    consequence: 'Sus valores parecen buenos y no lo son.',
  },
  'stuck-noise': {
    name: 'Sensor de ruido atascado en un valor',
    response: 'Reinicie o cambie el sensor.',
    consequence: 'Sus valores parecen buenos y no lo son.',
  },
  'stuck-temperature': {
    name: 'Termómetro atascado en un valor',
    response: 'Reinicie o cambie el sensor.',
    consequence: 'Sus valores parecen buenos y no lo son.',
  },
};
