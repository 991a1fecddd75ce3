import uPlot from 'uplot';
import type { Formats } from '../state/format.ts';
import type { ComparisonLine } from './comparison-points.ts';
import { drawComparisons, extentOf } from './draw-comparisons.ts';
import { type ChartEvent, drawEvents, drawFit, type FittedLine } from './draw-events.ts';
import { drawMarks } from './draw-marks.ts';
import type { LabelledLine } from './limit-lines.ts';
import { isolated } from './points.ts';
import type { QualityMark } from './quality-tally.ts';

/** How one metric is drawn. */
export interface PlotStyle {
  timeZone: string;
  formats: Formats;
  decimals: number;
  /** Held until the next value: drawn in steps. */
  stepped: boolean;
  /** Fixed scale, for shares and for on/off; undefined: as the values need it. */
  scale: readonly [number, number] | undefined;
  /** Labels of the value axis, where words say more than numbers. */
  words: readonly [string, string] | undefined;
  limits: readonly LabelledLine[];
}

interface PlotDeps {
  host: HTMLElement;
  /** Called with the index of the point under the cursor, or null. */
  onCursor: (index: number | null) => void;
  /** Called with what was drawn with the pointer, epoch ms. */
  onSelect: (from: number, to: number) => void;
  /** What is not good, as of now. */
  marks: () => readonly QualityMark[];
  /** What stands beside the series, as of now. */
  lines: () => readonly ComparisonLine[];
  events: () => readonly ChartEvent[];
  fitted: () => FittedLine | undefined;
}

/**
 * Makes the chart: minimum and maximum as a band, the mean as a line, dashed where little of a window was
 * measured; suspect values hollow, bad ones crossed; limits across.
 */
export function createPlot(style: PlotStyle, deps: PlotDeps): uPlot {
  const { host, onCursor, onSelect, marks, lines, events, fitted } = deps;
  const paint = paintOf(host);
  const paths = style.stepped ? uPlot.paths.stepped?.({ align: 1 }) : uPlot.paths.linear?.();
  const way = paths ? { paths } : {};
  const edge = { stroke: 'transparent', points: { show: false }, ...way };
  const line = { stroke: paint.line, width: 1.5, ...way };
  const points = { show: sparse, filter: lonely, size: 4 };
  const options: uPlot.Options = {
    width: Math.max(host.clientWidth, 1),
    height: Math.max(host.clientHeight, 1),
    ms: 1,
    tzDate: (at) => uPlot.tzDate(new Date(at), style.timeZone),
    padding: [paint.rem / 2, paint.rem / 2, 0, 0],
    legend: { show: false },
    cursor: {
      y: false,
      drag: { x: true, y: false, setScale: false },
      points: { size: 7 },
      // All charts of the page have one cursor.
      sync: { key: 'sensorplatz', scales: ['x', null] },
    },
    scales: {
      x: { time: true },
      y: { range: (_plot, min, max) => valueRange(style, withLines(min, max, lines())) },
    },
    series: [
      {},
      edge,
      edge,
      { ...line, points },
      { ...line, dash: [2, 4], points: { ...points, show: false } },
    ],
    bands: [{ series: [1, 2], fill: paint.band }],
    axes: [timeAxis(style, paint), valueAxis(style, paint)],
    hooks: {
      setCursor: [(plot) => onCursor(plot.cursor.idx ?? null)],
      setSelect: [(plot) => select(plot, onSelect)],
      draw: [
        (plot) => drawLimits(plot, style, paint),
        (plot) => drawComparisons(plot, lines(), paint.beside),
        (plot) => drawMarks(plot, marks(), paint),
        (plot) => drawEvents(plot, events(), paint),
        (plot) => drawFit(plot, fitted(), paint),
      ],
    },
  };
  return new uPlot(options, [[], [], [], [], []], host);
}

interface Paint {
  line: string;
  band: string;
  grid: string;
  text: string;
  early: string;
  abnormal: string;
  ground: string;
  /** Of lines beside the series. */
  beside: readonly string[];
  font: string;
  rem: number;
}

function paintOf(host: HTMLElement): Paint {
  const style = getComputedStyle(host);
  const token = (name: string): string => style.getPropertyValue(name).trim();
  const rem = Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
  return {
    line: token('--chart-line'),
    band: token('--chart-band'),
    grid: token('--chart-grid'),
    text: token('--text-quiet'),
    early: token('--severity-1'),
    abnormal: token('--severity-2'),
    ground: token('--ground'),
    beside: [token('--chart-2'), token('--chart-3'), token('--chart-4')],
    font: `${0.75 * rem}px ${style.fontFamily}`,
    rem,
  };
}

/** Single points are marked where lines alone would hide them. */
function sparse(plot: uPlot, _series: number, first: number, last: number): boolean {
  return last - first < plot.bbox.width / devicePixelRatio / 12;
}

/** A point between two gaps has no line to be seen by: it is marked by itself. */
function lonely(plot: uPlot, series: number, show: boolean): number[] | null {
  return show ? null : isolated(plot.data[series] ?? []);
}

/** Hands on what was drawn, and takes the mark away. */
function select(plot: uPlot, onSelect: PlotDeps['onSelect']): void {
  const { left, width } = plot.select;
  if (width === 0) return;
  plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
  onSelect(plot.posToVal(left, 'x'), plot.posToVal(left + width, 'x'));
}

function withLines(
  min: number | null,
  max: number | null,
  lines: readonly ComparisonLine[],
): [number | null, number | null] {
  const extent = extentOf(lines);
  if (!extent) return [min, max];
  return [Math.min(min ?? extent[0], extent[0]), Math.max(max ?? extent[1], extent[1])];
}

function valueRange(
  { scale, limits }: PlotStyle,
  [min, max]: readonly [number | null, number | null],
): [number, number] {
  if (scale) return [scale[0], scale[1]];
  if (min === null || max === null || !Number.isFinite(min + max)) return [0, 1];
  // A limit comes into sight when values come near it; far below it would only flatten them.
  const near = limits.map((limit) => limit.value).filter((limit) => max > limit * 0.6);
  const top = Math.max(max, ...near);
  const span = Math.max(top - min, Math.abs(top) * 0.02, 0.1);
  const low = min - span * 0.1;
  return [min >= 0 && low < 0 ? 0 : low, top + span * 0.1];
}

function timeAxis({ formats }: PlotStyle, paint: Paint): uPlot.Axis {
  return {
    ...axisOf(paint),
    space: paint.rem * 4,
    size: paint.rem * 2,
    incrs: timeSteps,
    values: (...[, splits, , , step]) =>
      splits.map((at) => (step >= dayMs ? formats.day(at) : clockOrDay(formats, at))),
  };
}

/** At midnight the day says more than 00:00. */
function clockOrDay(formats: Formats, at: number): string {
  const time = formats.timeOfDay(at);
  return time === '00:00' ? formats.day(at) : time;
}

function valueAxis({ formats, decimals, words }: PlotStyle, paint: Paint): uPlot.Axis {
  const widest = words ? Math.max(...words.map((word) => word.length)) : 4;
  return {
    ...axisOf(paint),
    space: paint.rem * 2,
    size: paint.rem * (0.8 + 0.5 * Math.max(widest, 4)),
    ...(words ? { splits: () => [0, 1] } : {}),
    values: (_plot, splits) => {
      if (words) return splits.map((value) => words[value === 0 ? 0 : 1]);
      const step = (splits[1] ?? 1) - (splits[0] ?? 0);
      const digits = Math.min(decimals, Math.max(0, Math.ceil(-Math.log10(step || 1))));
      return splits.map((value) => formats.number(value, digits));
    },
  };
}

function axisOf(paint: Paint): uPlot.Axis {
  return {
    stroke: paint.text,
    font: paint.font,
    grid: { stroke: paint.grid, width: 1 },
    ticks: { show: false },
    gap: paint.rem * 0.4,
  };
}

function drawLimits(plot: uPlot, { limits }: PlotStyle, paint: Paint): void {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.font = paint.font.replace(/^[\d.]+/, (size) => String(Number(size) * devicePixelRatio));
  ctx.lineJoin = 'round';
  ctx.textAlign = 'right';
  ctx.textBaseline = 'bottom';
  for (const { value, level, label } of limits) {
    const y = plot.valToPos(value, 'y', true);
    if (y < bbox.top || y > bbox.top + bbox.height) continue;
    ctx.setLineDash([6 * devicePixelRatio, 4 * devicePixelRatio]);
    ctx.lineWidth = devicePixelRatio;
    ctx.strokeStyle = paint[level];
    ctx.fillStyle = paint.text;
    ctx.beginPath();
    ctx.moveTo(bbox.left, y);
    ctx.lineTo(bbox.left + bbox.width, y);
    ctx.stroke();
    // On its own ground: it stands over lines.
    ctx.strokeStyle = paint.ground;
    ctx.setLineDash([]);
    ctx.lineWidth = 3 * devicePixelRatio;
    ctx.strokeText(label, bbox.left + bbox.width - 4, y - 2);
    ctx.fillText(label, bbox.left + bbox.width - 4, y - 2);
  }
  ctx.restore();
}

const dayMs = 86_400_000;
const timeSteps = [
  60_000,
  300_000,
  600_000,
  900_000,
  1_800_000,
  3_600_000,
  7_200_000,
  10_800_000,
  21_600_000,
  43_200_000,
  dayMs,
  2 * dayMs,
  7 * dayMs,
];
