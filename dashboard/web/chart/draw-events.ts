import type uPlot from 'uplot';

/** Something that happened at an instant, epoch ms UTC. */
export interface ChartEvent {
  at: number;
  label: string;
}

/** A straight line between two points in time and value. */
export interface FittedLine {
  from: { at: number; value: number };
  to: { at: number; value: number };
}

interface Paint {
  text: string;
  line: string;
  font: string;
}

/** A line down at each event, with its name at the top where there is room for it. */
export function drawEvents(plot: uPlot, events: readonly ChartEvent[], paint: Paint): void {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.font = paint.font.replace(/^[\d.]+/, (size) => String(Number(size) * devicePixelRatio));
  ctx.textBaseline = 'top';
  ctx.strokeStyle = paint.text;
  ctx.fillStyle = paint.text;
  ctx.lineWidth = devicePixelRatio;
  let free = bbox.left;
  for (const { at, label } of events) {
    const x = plot.valToPos(at, 'x', true);
    if (x < bbox.left || x > bbox.left + bbox.width) continue;
    ctx.setLineDash([2 * devicePixelRatio, 3 * devicePixelRatio]);
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    const room = 4 * devicePixelRatio;
    const width = ctx.measureText(label).width;
    if (x + room < free || x + room + width > bbox.left + bbox.width) continue;
    ctx.fillText(label, x + room, bbox.top + room / 2);
    free = x + room + width;
  }
  ctx.restore();
}

/** The line in dashes, within the frame. */
export function drawFit(plot: uPlot, fit: FittedLine | undefined, paint: Paint): void {
  if (!fit) return;
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  ctx.strokeStyle = paint.line;
  ctx.lineWidth = 2 * devicePixelRatio;
  ctx.setLineDash([8 * devicePixelRatio, 5 * devicePixelRatio]);
  ctx.beginPath();
  ctx.moveTo(plot.valToPos(fit.from.at, 'x', true), plot.valToPos(fit.from.value, 'y', true));
  ctx.lineTo(plot.valToPos(fit.to.at, 'x', true), plot.valToPos(fit.to.value, 'y', true));
  ctx.stroke();
  ctx.restore();
}
