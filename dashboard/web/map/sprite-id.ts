import type { DeviceKind } from '../../../broker/contract/device.ts';
import type { Severity } from '../../../broker/contract/finding.ts';

/** The shape tells the kind, the form how a device stands, the tone (colour, size, digit) how urgent it is. */
export const shapes = ['circle', 'diamond', 'square', 'dot'] as const;
export type Shape = (typeof shapes)[number];

/** `hollow`: stale; `crossed`: offline. */
export const forms = ['solid', 'hollow', 'crossed'] as const;
export type Form = (typeof forms)[number];

export const tones = [0, 1, 2, 3] as const satisfies readonly Severity[];

const shapeOfKind: Readonly<Partial<Record<DeviceKind, Shape>>> = {
  air: 'circle',
  light: 'diamond',
  waste: 'square',
};

export function shapeOf(kind: DeviceKind): Shape {
  return shapeOfKind[kind] ?? 'dot';
}

/** Number of a look, 0 to {@link spriteCount} - 1. */
export function spriteId(shape: Shape, tone: Severity, form: Form): number {
  return (shapes.indexOf(shape) * tones.length + tone) * forms.length + forms.indexOf(form);
}

export const spriteCount = shapes.length * tones.length * forms.length;

/** Radius of a marker at the page's normal type size, CSS px. */
export const radiusPx: Readonly<Record<Severity, number>> = { 0: 4.5, 1: 7, 2: 8.5, 3: 10 };
