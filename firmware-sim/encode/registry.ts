import { airrohr } from './airrohr.ts';
import type { Encoder } from './encoder.ts';
import { native } from './native.ts';
import { senml } from './senml.ts';

/** Every encoding by name. A new one is a file and a line here. */
const encoders = { native, senml, airrohr } as const satisfies Record<string, Encoder>;

export type EncodingName = keyof typeof encoders;

export function encoderOf(name: EncodingName): Encoder {
  return encoders[name];
}
