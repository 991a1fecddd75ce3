import type { MessageTrace } from '../../../broker/contract/diagnostics.ts';

/** Longer payloads are shown up to this many bytes; the API has the whole. */
const shownBytesMax = 16_384;

/** Bytes in base64, as text where they are text. */
export function payloadOf(base64: string): MessageTrace['payload'] {
  const bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
  const cut = bytes.length > shownBytesMax;
  const shown = cut ? bytes.subarray(0, shownBytesMax) : bytes;
  const common = { bytes: bytes.length, cut };
  try {
    // While streaming, a character that is cut at the end is waited for, not an error.
    const data = new TextDecoder('utf-8', { fatal: true }).decode(shown, { stream: cut });
    return { encoding: 'text', data, ...common };
  } catch {
    return { encoding: 'base64', data: base64.slice(0, (shownBytesMax / 3) * 4), ...common };
  }
}
