import { DomUtil, type Map as LeafletMap, type Point, type ZoomAnimEvent } from 'leaflet';
import { blit, type Pixels } from './blit.ts';
import { drawClusters } from './draw-clusters.ts';
import type { Marker } from './markers.ts';
import { layOut, type Placed, type Scene } from './scene.ts';
import { drawSprites, type MarkerPaint } from './sprites.ts';

/** The devices on the map: one canvas, into which ready-made pictures are copied pixel by pixel. */
export interface MarkerLayer {
  setMarkers(markers: readonly Marker[]): void;
  /** The theme or the type size changed. */
  repaint(): void;
  /** What is under a point of the map's container, the topmost first. */
  at(x: number, y: number, radius: number): readonly Placed[];
  /** How often the canvas was drawn; a picture that holds still is not drawn again. */
  readonly drawCount: number;
  destroy(): void;
}

interface LayerDeps {
  /** Reads the theme's colours; asked again at each {@link MarkerLayer.repaint}. */
  paint: () => MarkerPaint;
  /** Type size over the normal one. */
  scale: () => number;
}

export function createMarkerLayer(map: LeafletMap, deps: LayerDeps): MarkerLayer {
  const pane = map.createPane('devices');
  const canvas = DomUtil.create('canvas', 'leaflet-zoom-animated', pane);
  const context = canvas.getContext('2d');
  if (!context) throw new Error('no 2d canvas');
  let markers: readonly Marker[] = [];
  let sprites: Pixels[] = [];
  let paint = deps.paint();
  let image: ImageData | undefined;
  let pixels: Pixels | undefined;
  let scene: Scene = layOut([], emptyViewport);
  let ratio = 0;
  let asked = 0;
  let drawCount = 0;

  function draw(): void {
    asked = 0;
    const size = map.getSize();
    if (size.x === 0 || size.y === 0 || !context) return;
    prepare(size);
    if (!image || !pixels) return;
    const { min } = map.getPixelBounds();
    const { x: width, y: height } = size;
    const [left, top] = [min?.x ?? 0, min?.y ?? 0];
    scene = layOut(markers, { zoom: map.getZoom(), left, top, width, height, scale: deps.scale() });
    pixels.data.fill(0);
    for (const placed of scene.placed) {
      const sprite = placed.kind === 'marker' ? sprites[placed.marker.sprite] : undefined;
      if (sprite) blit(pixels, sprite, placed.x * ratio, placed.y * ratio);
    }
    context.putImageData(image, 0, 0);
    drawClusters(context, scene.placed, paint, { unit: ratio * deps.scale(), ratio });
    DomUtil.setPosition(canvas, map.containerPointToLayerPoint([0, 0]));
    drawCount++;
  }

  function prepare(size: Point): void {
    const width = Math.round(size.x * devicePixelRatio);
    const height = Math.round(size.y * devicePixelRatio);
    if (ratio !== devicePixelRatio || sprites.length === 0) {
      ratio = devicePixelRatio;
      paint = deps.paint();
      sprites = drawSprites(paint, ratio * deps.scale());
    }
    if (image?.width === width && image.height === height) return;
    canvas.width = width;
    canvas.height = height;
    canvas.style.width = `${size.x}px`;
    canvas.style.height = `${size.y}px`;
    image = new ImageData(width, height);
    pixels = { data: new Uint32Array(image.data.buffer), width, height };
  }

  const askDraw = (): void => {
    asked ||= requestAnimationFrame(draw);
  };
  const animate = (event: ZoomAnimEvent): void => stretch(map, canvas, event);
  map.on('move zoom viewreset resize', askDraw);
  map.on('zoomanim', animate);

  return {
    setMarkers(next) {
      if (sameLooks(markers, next)) return;
      markers = next;
      askDraw();
    },
    repaint() {
      sprites = [];
      askDraw();
    },
    at: (x, y, radius) => scene.at(x, y, radius),
    get drawCount() {
      return drawCount;
    },
    destroy() {
      cancelAnimationFrame(asked);
      map.off('move zoom viewreset resize', askDraw);
      map.off('zoomanim', animate);
      canvas.remove();
    },
  };
}

const emptyViewport = { zoom: 0, left: 0, top: 0, width: 0, height: 0, scale: 1 };

/** Dead band: what would look the same is not drawn again. */
function sameLooks(a: readonly Marker[], b: readonly Marker[]): boolean {
  if (a.length !== b.length) return false;
  return a.every((marker, index) => {
    const other = b[index];
    return (
      other?.key === marker.key && other.sprite === marker.sprite && other.world === marker.world
    );
  });
}

/** Carries the picture along while the map animates to another zoom; it is drawn anew at the end. */
function stretch(
  map: LeafletMap,
  canvas: HTMLCanvasElement,
  { center, zoom }: ZoomAnimEvent,
): void {
  const scale = map.getZoomScale(zoom, map.getZoom());
  const half = map.getSize().divideBy(2);
  const panePosition = DomUtil.getPosition(map.getPane('mapPane') ?? canvas);
  const origin = map.project(center, zoom).subtract(half).add(panePosition).round();
  const corner = map.project(map.getCenter(), zoom).subtract(half.multiplyBy(scale));
  DomUtil.setTransform(canvas, corner.subtract(origin), scale);
}
