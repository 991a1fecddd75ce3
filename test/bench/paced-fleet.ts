import { field, publishPacket } from './mqtt-bytes.ts';

/** Tenths of a unit: plausible in a city, and always three digits, so that a packet keeps its length. */
const tenthsOf: Readonly<Record<string, number>> = {
  pm10: 220,
  pm2_5: 120,
  temperature: 150,
  relative_humidity: 550,
};
const otherTenths = 200;
/** Devices differ by up to 10 units, and each goes up and down by 4. */
const betweenDevices = 100;
const walk = 40;
const instantDigits = 13;

interface Template {
  bytes: Buffer;
  /** Where its parts stand. */
  id: number;
  at: number;
  values: readonly number[];
}

/**
 * The messages of many devices, each made from a packet that is there already: its id, the instant and the values
 * are written over. Instants of one device never repeat, so every message is new.
 */
export class PacedFleet {
  readonly #templates: readonly Template[];
  readonly #bases: readonly number[];
  readonly #lastAt: Float64Array;
  readonly #rounds: Uint32Array;

  constructor({
    user,
    devices,
    metrics,
  }: { user: string; devices: number; metrics: readonly string[] }) {
    this.#bases = metrics.map((metric) => tenthsOf[metric] ?? otherTenths);
    this.#templates = Array.from({ length: devices }, (_, device) =>
      templateOf(`city/v1/${user}/dev-${device}/readings`, metrics),
    );
    this.#lastAt = new Float64Array(devices);
    this.#rounds = new Uint32Array(devices);
  }

  get devices(): number {
    return this.#templates.length;
  }

  /** The next message of a device, as a packet of its own. */
  next(device: number, index: number, now: number): Buffer {
    const template = this.#templates[device];
    if (!template) throw new Error(`there is no device ${device}`);
    const packet = Buffer.allocUnsafe(template.bytes.length);
    template.bytes.copy(packet);
    packet.writeUInt16BE((index % 65_535) + 1, template.id);
    const at = Math.max(now, (this.#lastAt[device] ?? 0) + 1);
    this.#lastAt[device] = at;
    writeDigits(packet, template.at, at, instantDigits);
    const round = this.#rounds[device] ?? 0;
    this.#rounds[device] = round + 1;
    const up = Math.abs((round % (2 * walk)) - walk) + ((device * 37) % betweenDevices);
    for (let index = 0; index < template.values.length; index += 1) {
      const tenths = (this.#bases[index] ?? 0) + up;
      const offset = template.values[index] ?? 0;
      writeDigits(packet, offset, Math.floor(tenths / 10), 2);
      packet[offset + 3] = 48 + (tenths % 10);
    }
    return packet;
  }
}

function templateOf(topic: string, metrics: readonly string[]): Template {
  const readings = metrics.map((metric) => `"${metric}":00.0`).join(',');
  const payload = `{"at":${'0'.repeat(instantDigits)},${readings}}`;
  const bytes = publishPacket(field(topic), 0, payload);
  const begin = bytes.length - payload.length;
  return {
    bytes,
    id: begin - 2,
    at: begin + '{"at":'.length,
    values: metrics.map(
      (metric) => begin + payload.indexOf(`"${metric}":`) + `"${metric}":`.length,
    ),
  };
}

function writeDigits(into: Buffer, offset: number, value: number, digits: number): void {
  let left = value;
  for (let index = offset + digits - 1; index >= offset; index -= 1) {
    const rest = Math.floor(left / 10);
    into[index] = 48 + (left - rest * 10);
    left = rest;
  }
}
