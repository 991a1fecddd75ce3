import type { Sample } from '../sensors/sensor.ts';

/** How a device's firmware puts samples into bytes. One file for each; decoders are never imported. */
export interface Encoder {
  /** One message with one sample, as sent while running. */
  encode(sample: Sample, device: Sender): string;
  /** One message with several samples; absent where the format carries no time (airRohr). */
  encodeBatch?(samples: readonly Sample[], device: Sender): string;
}

/** What a payload may say of its sender. */
export interface Sender {
  provider: string;
  id: string;
  /** The device's own seed: chip ids are made of it. */
  site: { seed: number };
}
