import type { Placed } from './scene.ts';
import type { MarkerPaint } from './sprites.ts';

/** Draws clusters over the markers: the number of devices in a ring of the worst one's colour. */
export function drawClusters(
  context: CanvasRenderingContext2D,
  placed: readonly Placed[],
  paint: MarkerPaint,
  { unit, ratio }: { unit: number; ratio: number },
): void {
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  for (const cluster of placed) {
    if (cluster.kind !== 'cluster') continue;
    const x = cluster.x * ratio;
    const y = cluster.y * ratio;
    const radius = clusterRadiusPx(cluster.count) * unit;
    const colour = paint.tones[cluster.worst] ?? paint.halo;
    context.beginPath();
    context.arc(x, y, radius, 0, 2 * Math.PI);
    context.fillStyle = paint.halo;
    context.fill();
    context.lineWidth = (cluster.worst > 0 ? 3.5 : 2) * unit;
    context.strokeStyle = colour;
    context.stroke();
    context.fillStyle = paint.text;
    context.font = `600 ${12 * unit}px ${paint.font}`;
    context.fillText(String(cluster.count), x, y + unit * 0.5);
    if (cluster.abnormalCount > 0) {
      drawBadge(context, { x: x + radius * 0.75, y: y - radius * 0.75 }, colour, {
        text: String(cluster.abnormalCount),
        unit,
        paint,
      });
    }
  }
}

/** Radius of a cluster of so many devices at the normal type size, CSS px. */
export function clusterRadiusPx(count: number): number {
  return 11 + 3 * Math.log10(count);
}

/** The number of abnormal ones among them. */
function drawBadge(
  context: CanvasRenderingContext2D,
  { x, y }: { x: number; y: number },
  colour: string,
  { text, unit, paint }: { text: string; unit: number; paint: MarkerPaint },
): void {
  context.beginPath();
  context.arc(x, y, 7.5 * unit, 0, 2 * Math.PI);
  context.fillStyle = colour;
  context.fill();
  context.lineWidth = 1.5 * unit;
  context.strokeStyle = paint.halo;
  context.stroke();
  context.fillStyle = paint.digit;
  context.font = `700 ${9.5 * unit}px ${paint.font}`;
  context.fillText(text, x, y + unit * 0.4);
}
