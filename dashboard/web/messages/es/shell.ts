import type { deShell } from '../de/shell.ts';

/** Spanish, of what frames every screen. */
export const esShell: typeof deShell = {
  pages: {
    overview: 'Resumen',
    air: 'Aire',
    light: 'Alumbrado',
    waste: 'Residuos',
    alarms: 'Alarmas',
    device: 'Dispositivo',
    export: 'Exportación',
    status: 'Estado',
    admin: 'Administración',
    help: 'Ayuda',
  },
  menu: 'Menú principal',
  more: 'Más',
  failed: 'No se ha podido cargar esta vista.',
  needsSignIn: 'Hay que iniciar sesión.',
  skipToContent: 'Ir al contenido',
  openAlarms: (count) => `${count} alarmas abiertas`,
  copyLink: 'Copiar el enlace',
  copyLinkHint: 'El enlace muestra exactamente esta vista',
  linkCopied: 'Enlace copiado',
  copyFailed: 'El navegador no permite copiar; el enlace está en la barra de direcciones.',
  keyboard: 'Atajos de teclado',
  keysOn: 'Usar atajos de un solo carácter',
  keysOffHint:
    'Si se desactivan, solo tienen efecto Escape y las teclas de la lista, el mapa y el gráfico.',
  andThen: 'y después',
  keys: {
    search: 'Buscar',
    help: 'Mostrar estos atajos',
    pause: 'Pausar y reanudar',
    escape: 'Cerrar, quitar la selección, volver atrás',
    list: 'En la lista: dispositivo anterior y siguiente',
    choose: 'En la lista: elegir el dispositivo',
    map: 'En el mapa: desplazar',
    zoom: 'En el mapa: acercar, alejar',
    chart: 'En el gráfico: mover el cursor',
  },
  keyNames: { enter: 'Intro', space: 'Espacio' },
  goTo: (screen) => `Ir a: ${screen}`,
  printed: (time) => `Datos del ${time}`,
  printedFrom: (address) => `Fuente: ${address}`,
  printedRows: (shown, total) => `Impresos: ${shown} de ${total} dispositivos`,
  noConnection: (time) =>
    `Sin conexión desde las ${time}. Lo que se ve es de antes; no hay nada más reciente.`,
  neverConnected: (time) =>
    `Sin conexión desde las ${time}. No se muestra ningún valor, tampoco antiguos.`,
  backWhenReached: 'En cuanto se pueda llegar al servidor, continuará automáticamente.',
  embed: 'Mostrar en otras páginas',
  embedHint:
    'Esta línea muestra el valor, la antigüedad y 24 horas en cualquier página, sin sesión ni cookies.',
};
