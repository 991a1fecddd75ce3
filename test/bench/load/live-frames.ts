import { get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ValuesFrame } from '../../../broker/contract/live.ts';
import { adminToken, type Platform } from '../../support/platform.ts';

/** An operator's reader of the live stream that notes how old each value is when its frame has come. */
export interface LiveFrames {
  /** From the event time of values to the arrival of their frame, ms; since the last call. */
  takeAges(): number[];
  /** Frames that came since the beginning. */
  readonly count: number;
  /** The stream ended without having been closed from here. */
  readonly isCutOff: boolean;
  close(): void;
}

/** Ages kept between two calls; of more, those that come later are not kept. */
const agesMax = 2_000_000;
const frameEnd = '\n\n';

/** Resolves when the stream has greeted. The clocks of sender, platform and reader are one: this machine's. */
export async function openLiveFrames(platform: Platform): Promise<LiveFrames> {
  let ages: number[] = [];
  let count = 0;
  let isClosed = false;
  let isCutOff = false;
  let text = '';
  function take(frame: string, receivedAt: number): void {
    count += 1;
    if (!frame.includes('event: delta')) return;
    const begin = frame.indexOf('data: ') + 'data: '.length;
    const { now, values } = JSON.parse(frame.slice(begin)) as ValuesFrame;
    for (const age of values.age) if (ages.length < agesMax) ages.push(receivedAt - (now - age));
  }
  const headers = { authorization: `Bearer ${adminToken}`, accept: 'text/event-stream' };
  const request = get(`${platform.url}/api/v1/live`, { headers, agent: false }, (response) => {
    response.setEncoding('utf8');
    response.on('error', () => {});
    response.on('data', (chunk: string) => {
      const receivedAt = Date.now();
      text += chunk;
      for (let end = text.indexOf(frameEnd); end >= 0; end = text.indexOf(frameEnd)) {
        take(text.slice(0, end), receivedAt);
        text = text.slice(end + frameEnd.length);
      }
    });
  });
  request.on('error', () => {});
  request.on('close', () => {
    isCutOff = !isClosed;
  });
  while (count === 0 && !isCutOff) await sleep(10);
  return {
    takeAges() {
      const taken = ages;
      ages = [];
      return taken;
    },
    get count() {
      return count;
    },
    get isCutOff() {
      return isCutOff;
    },
    close() {
      isClosed = true;
      request.destroy();
    },
  };
}
