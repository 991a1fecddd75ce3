import type uPlot from 'uplot';
import type { QualityMark } from './quality-tally.ts';

interface MarkPaint {
  early: string;
  abnormal: string;
  ground: string;
}

/**
 * Suspect values as hollow rings, bad ones as crosses: told apart by form, not by colour alone. A bad value far
 * off the scale stands at the edge: it must not flatten the good ones, nor vanish.
 */
export function drawMarks(plot: uPlot, marks: readonly QualityMark[], paint: MarkPaint): void {
  const { ctx, bbox } = plot;
  const radius = radiusPx * devicePixelRatio;
  const { min = Number.NaN, max = Number.NaN } = plot.scales.x ?? {};
  const low = bbox.top + bbox.height - radius - devicePixelRatio;
  const high = bbox.top + radius + devicePixelRatio;
  ctx.save();
  ctx.lineWidth = 1.5 * devicePixelRatio;
  ctx.fillStyle = paint.ground;
  let ringX = Number.NEGATIVE_INFINITY;
  for (const { at, value, kind } of marks) {
    if (!(at >= min && at <= max)) continue;
    const x = plot.valToPos(at, 'x', true);
    const height = value === null ? low : plot.valToPos(value, 'y', true);
    const y = Math.min(low, Math.max(high, height));
    if (kind === 'suspect') {
      // Rings upon rings would hide the line that they stand on.
      if (x - ringX < 2 * radius) continue;
      ringX = x;
    }
    ctx.strokeStyle = kind === 'bad' ? paint.abnormal : paint.early;
    ctx.beginPath();
    if (kind === 'suspect') {
      ctx.arc(x, y, radius, 0, 2 * Math.PI);
      ctx.fill();
    } else {
      ctx.moveTo(x - radius, y - radius);
      ctx.lineTo(x + radius, y + radius);
      ctx.moveTo(x + radius, y - radius);
      ctx.lineTo(x - radius, y + radius);
    }
    ctx.stroke();
  }
  ctx.restore();
}

const radiusPx = 3.5;
