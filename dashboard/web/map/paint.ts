import type { MarkerPaint } from './sprites.ts';

/** The theme's colours as they are now. */
export function markerPaint(element: Element): MarkerPaint {
  const style = getComputedStyle(element);
  const token = (name: string): string => style.getPropertyValue(name).trim();
  return {
    tones: [0, 1, 2, 3].map((tone) => token(`--severity-${tone}`)),
    halo: token('--marker-halo'),
    digit: token('--on-severity'),
    text: token('--text'),
    font: style.fontFamily,
  };
}

/** Type size of the page over the browsers' normal 16 px: on a wall markers grow with it. */
export function typeScale(): number {
  return Number.parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;
}
