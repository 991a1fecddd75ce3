import { describe, expect, it } from 'vitest';
import { blend, blit, type Pixels } from '../../../dashboard/web/map/blit.ts';
import {
  forms,
  shapes,
  spriteCount,
  spriteId,
  tones,
} from '../../../dashboard/web/map/sprite-id.ts';

const opaque = 0xff0000ff;
const half = 0x80ff0000;

function picture(width: number, height: number, fill = 0): Pixels {
  return { data: new Uint32Array(width * height).fill(fill), width, height };
}
const painted = ({ data }: Pixels): number => data.filter((pixel) => pixel !== 0).length;

describe('blit', () => {
  it('writes nothing outside of the picture', () => {
    const target = picture(4, 4);
    for (const [x, y] of [
      [-10, 0],
      [0, -10],
      [20, 2],
      [2, 20],
    ] as const) {
      blit(target, picture(3, 3, opaque), x, y);
    }
    expect(painted(target)).toBe(0);
  });

  it('clips at the edges', () => {
    const target = picture(4, 4);
    blit(target, picture(3, 3, opaque), 0, 0);
    expect(painted(target)).toBe(4);
    expect(target.data[0]).toBe(opaque);
  });

  it('centres the sprite and leaves transparent pixels as they are', () => {
    const target = picture(5, 5, 0xffaaaaaa);
    const sprite = picture(3, 3);
    sprite.data[4] = opaque;
    blit(target, sprite, 2.5, 2.5);
    expect(target.data[12]).toBe(opaque);
    expect(target.data.filter((pixel) => pixel === 0xffaaaaaa)).toHaveLength(24);
  });

  it('blends a soft edge with what is below, and copies it onto nothing', () => {
    const target = picture(1, 1);
    blit(target, picture(1, 1, half), 0.5, 0.5);
    expect(target.data[0]).toBe(half);
    const over = picture(1, 1, opaque);
    blit(over, picture(1, 1, half), 0.5, 0.5);
    expect(over.data[0]).toBe(0xff80007f);
  });

  it('blends two soft pixels to a less soft one', () => {
    expect(blend(half, half) >>> 24).toBe(0xc0);
  });
});

describe('spriteId', () => {
  it('has a number of its own for each look', () => {
    const ids = shapes.flatMap((shape) =>
      tones.flatMap((tone) => forms.map((form) => spriteId(shape, tone, form))),
    );
    expect(new Set(ids).size).toBe(spriteCount);
    expect(Math.max(...ids)).toBe(spriteCount - 1);
  });
});
