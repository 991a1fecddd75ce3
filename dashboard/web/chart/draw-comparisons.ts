import type uPlot from 'uplot';
import type { ComparisonLine } from './comparison-points.ts';

/** Dashes of the lines beside a series, CSS px: told apart by form, not by colour alone. */
export const comparisonDashes: readonly (readonly number[])[] = [
  [8, 4],
  [2, 3],
  [10, 3, 2, 3],
];

/** Draws lines beside the series, each with its own colour and dashes; a null breaks it. */
export function drawComparisons(
  plot: uPlot,
  lines: readonly ComparisonLine[],
  colours: readonly string[],
): void {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  ctx.lineWidth = 1.5 * devicePixelRatio;
  for (const [index, { at, value }] of lines.entries()) {
    ctx.strokeStyle = colours[index % colours.length] ?? '';
    const dashes = comparisonDashes[index % comparisonDashes.length] ?? [];
    ctx.setLineDash(dashes.map((length) => length * devicePixelRatio));
    ctx.beginPath();
    let isDown = false;
    for (const [row, instant] of at.entries()) {
      const height = value[row] ?? null;
      if (height === null) {
        isDown = false;
        continue;
      }
      const x = plot.valToPos(instant, 'x', true);
      const y = plot.valToPos(height, 'y', true);
      if (isDown) ctx.lineTo(x, y);
      else ctx.moveTo(x, y);
      isDown = true;
    }
    ctx.stroke();
  }
  ctx.restore();
}

/** The least and the greatest value of all lines, for the scale; undefined without any. */
export function extentOf(lines: readonly ComparisonLine[]): [number, number] | undefined {
  let extent: [number, number] | undefined;
  for (const { value } of lines) {
    for (const one of value) {
      if (one === null) continue;
      extent = extent ? [Math.min(extent[0], one), Math.max(extent[1], one)] : [one, one];
    }
  }
  return extent;
}
