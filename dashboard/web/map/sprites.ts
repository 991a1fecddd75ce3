import type { Severity } from '../../../broker/contract/finding.ts';
import type { Pixels } from './blit.ts';
import { type Form, forms, radiusPx, type Shape, shapes, spriteId, tones } from './sprite-id.ts';

/** The colours that markers are drawn in, of the theme's tokens. */
export interface MarkerPaint {
  /** By severity; 0 is the quiet grey of all that is normal. */
  tones: readonly string[];
  /** Ground around a marker, that parts it from its neighbours. */
  halo: string;
  /** Digit on a coloured marker. */
  digit: string;
  /** Number in a cluster. */
  text: string;
  font: string;
}

/** Draws every look once; after that markers are only copied. `pixelRatio`: device px per CSS px. */
export function drawSprites(paint: MarkerPaint, pixelRatio: number): Pixels[] {
  const sprites: Pixels[] = [];
  for (const shape of shapes) {
    for (const tone of tones) {
      for (const form of forms) {
        sprites[spriteId(shape, tone, form)] = drawSprite({ shape, tone, form }, paint, pixelRatio);
      }
    }
  }
  return sprites;
}

interface Look {
  shape: Shape;
  tone: Severity;
  form: Form;
}

function drawSprite(look: Look, paint: MarkerPaint, pixelRatio: number): Pixels {
  const radius = (look.shape === 'dot' && look.tone === 0 ? 3.5 : radiusPx[look.tone]) * pixelRatio;
  const size = Math.ceil(radius * 2 + 6 * pixelRatio);
  const canvas = document.createElement('canvas');
  canvas.width = size;
  canvas.height = size;
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (!context) throw new Error('no 2d canvas');
  context.translate(size / 2, size / 2);
  drawMarker(context, look, paint, radius);
  const { data } = context.getImageData(0, 0, size, size);
  return { data: new Uint32Array(data.buffer), width: size, height: size };
}

function drawMarker(
  context: CanvasRenderingContext2D,
  { shape, tone, form }: Look,
  paint: MarkerPaint,
  radius: number,
): void {
  const unit = radius / radiusPx[tone];
  const colour = paint.tones[tone] ?? paint.halo;
  tracePath(context, shape, radius);
  context.lineWidth = 3 * unit;
  context.strokeStyle = paint.halo;
  context.stroke();
  context.fillStyle = form === 'solid' ? colour : paint.halo;
  context.fill();
  if (form !== 'solid') {
    tracePath(context, shape, radius - unit * 0.75);
    context.lineWidth = 1.75 * unit;
    context.strokeStyle = colour;
    context.stroke();
  }
  if (form === 'crossed') drawCross(context, colour, radius, unit);
  if (tone > 0 && form !== 'crossed') {
    context.fillStyle = form === 'solid' ? paint.digit : colour;
    context.font = `700 ${radius * 1.3}px ${paint.font}`;
    context.textAlign = 'center';
    context.textBaseline = 'middle';
    context.fillText(String(tone), 0, radius * 0.08);
  }
}

function drawCross(
  context: CanvasRenderingContext2D,
  colour: string,
  radius: number,
  unit: number,
): void {
  context.beginPath();
  context.moveTo(-radius * 0.55, radius * 0.55);
  context.lineTo(radius * 0.55, -radius * 0.55);
  context.lineWidth = 1.5 * unit;
  context.strokeStyle = colour;
  context.stroke();
}

function tracePath(context: CanvasRenderingContext2D, shape: Shape, radius: number): void {
  context.beginPath();
  if (shape === 'square') {
    const half = radius * 0.9;
    context.rect(-half, -half, half * 2, half * 2);
  } else if (shape === 'diamond') {
    const half = radius * 1.2;
    context.moveTo(0, -half);
    context.lineTo(half, 0);
    context.lineTo(0, half);
    context.lineTo(-half, 0);
    context.closePath();
  } else {
    context.arc(0, 0, radius, 0, 2 * Math.PI);
  }
}
