/** Pixels as the canvas keeps them: one 32-bit number each (little-endian RGBA), not premultiplied. */
export interface Pixels {
  readonly data: Uint32Array;
  readonly width: number;
  readonly height: number;
}

/**
 * Copies a sprite over a picture with its centre at (x, y), clipped at the edges. Full and empty pixels,
 * nearly all of them, are a copy or nothing; only edges that meet another marker are blended.
 */
export function blit(target: Pixels, sprite: Pixels, x: number, y: number): void {
  const left = Math.round(x - sprite.width / 2);
  const top = Math.round(y - sprite.height / 2);
  const fromX = Math.max(0, -left);
  const toX = Math.min(sprite.width, target.width - left);
  const fromY = Math.max(0, -top);
  const toY = Math.min(sprite.height, target.height - top);
  for (let row = fromY; row < toY; row++) {
    let from = row * sprite.width + fromX;
    let to = (top + row) * target.width + left + fromX;
    for (let column = fromX; column < toX; column++, from++, to++) {
      const over = sprite.data[from] ?? 0;
      const alpha = over >>> 24;
      if (alpha === 0) continue;
      const under = target.data[to] ?? 0;
      target.data[to] = alpha === 255 || under >>> 24 === 0 ? over : blend(over, under);
    }
  }
}

/** Source over destination, both not premultiplied. */
export function blend(over: number, under: number): number {
  const overAlpha = (over >>> 24) / 255;
  const underAlpha = ((under >>> 24) / 255) * (1 - overAlpha);
  const alpha = overAlpha + underAlpha;
  let result = Math.round(alpha * 255) << 24;
  for (let shift = 0; shift <= 16; shift += 8) {
    const mixed = ((over >>> shift) & 255) * overAlpha + ((under >>> shift) & 255) * underAlpha;
    result |= Math.round(mixed / alpha) << shift;
  }
  return result >>> 0;
}
