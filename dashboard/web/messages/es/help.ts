import type { deHelp } from '../de/help.ts';

/** Spanish, of the help screen. */
export const esHelp: typeof deHelp = {
  title: 'Ayuda',
  contents: 'En esta página',
  signs: 'Qué significan los signos',
  signsIntro:
    'Lo normal es gris. Solo tiene color lo anómalo, y nunca el color solo: la forma, la cifra y la palabra dicen lo mismo.',
  shape: 'La forma indica qué tipo de dispositivo es.',
  tone: 'La cifra, el color y el tamaño indican la urgencia: 1 elevado, 2 urgente, 3 inmediato.',
  cluster: 'Un anillo con un número agrupa dispositivos y tiene el color del más urgente.',
  old: 'Cómo se muestran los valores antiguos',
  oldAge: 'Junto a cada valor está su antigüedad, contada desde el momento de la medida.',
  oldStale:
    'Un dispositivo que calla más de dos veces y media su intervalo está desfasado: signo hueco, fondo rayado y la antigüedad en palabras.',
  oldOffline:
    'Un dispositivo que se ha desconectado o que calla desde hace tiempo está sin conexión: signo tachado.',
  oldGap:
    'Los huecos de la evolución siguen siendo huecos. Lo que no se ha medido es un guion, nunca un 0.',
  oldFlag:
    'Los valores sospechosos se dibujan huecos; los malos, tachados, y no entran en ninguna media.',
  oldLink:
    'Si se pierde la conexión, arriba se indica desde cuándo. La página no muestra nada más reciente ni lo aparenta.',
  keys: 'Teclado',
  keysIntro:
    'Todo funciona sin ratón. Los atajos de un solo carácter se pueden desactivar en los ajustes, en «Atajos de teclado».',
  connect: 'Conecte un dispositivo en dos minutos',
  connectFirst:
    'Necesita un identificador de proveedor y un token; ambos los facilita la administración de esta instalación. Póngalos a continuación.',
  connectMqtt: 'Por MQTT',
  connectHttp: 'Por HTTP',
  connectAirRohr: 'Un airRohr (sensor.community)',
  connectAirRohrHow: (host, port) =>
    `En la página del sensor, en «Send data to own API»: servidor ${host}, puerto ${port}, ruta /data.php, usuario el identificador del proveedor, contraseña el token.`,
  connectSeen:
    'Tras el primer envío, el dispositivo aparece en el resumen. Lo que no se ha entendido está en la página del dispositivo, con el motivo.',
  connectPort: 'Esta instalación no tiene puerto MQTT propio; pregunte cuál es el bróker.',
  interfaces: 'Interfaces',
  apiDocs: 'Todas las interfaces, para probarlas',
  openapi: 'Lo mismo para programas (OpenAPI)',
  stream: 'El flujo de todos los valores (Server-Sent Events)',
  catalogue: 'Catálogo de datos abiertos (DCAT)',
  access: 'Accesibilidad',
  accessIntro:
    'Esta página se ha hecho según las WCAG 2.2 AA y se comprueba respecto a la EN 301 549 y la BITV 2.0 alemana hasta donde llegan las herramientas y las pruebas propias. No la ha auditado ninguna entidad independiente.',
  accessList: 'El mapa y el gráfico son imágenes. La lista y la tabla de al lado dicen lo mismo.',
  accessGapsTitle: 'Carencias conocidas',
  accessGaps: [
    'No hay versión en lectura fácil ni en lengua de signos.',
    'Los nombres de dispositivos, lugares y calles solo están en el idioma en que se introdujeron.',
    'La descripción de las interfaces en /api/docs es una herramienta de otro proyecto, solo en inglés y no probada del todo con el teclado.',
    'Las tablas descargadas no están preparadas como documentos accesibles.',
  ],
  feedback: 'Si encuentra alguna barrera, escríbanos:',
  noContact:
    'El operador de esta instalación no ha indicado ninguna dirección. Diríjase a quien le haya remitido a esta página.',
  privacy: 'Privacidad',
  privacyNone:
    'Ni recuentos, ni publicidad, ni cookies mientras no inicie sesión. Al iniciarla hay una sola cookie, que la mantiene abierta.',
  privacyKept:
    'El idioma, los colores, los dispositivos favoritos y las búsquedas recientes se quedan en este navegador y no van a ninguna parte.',
  privacyOwn: 'Todo se carga de este servidor, nada de terceros.',
  privacyTiles: (source) =>
    `Una excepción: las teselas del mapa vienen de un tercero (${source}), que conoce así su dirección IP.`,
  licences: 'Licencias de los datos',
  licenceOf: (publisher) => `Responsable de los datos abiertos: ${publisher}. Licencia:`,
  licenceMap: (source) => `Mapa: ${source}`,
  licenceDemo: 'Los datos de esta demostración son inventados y no dicen nada de ningún lugar.',
};
