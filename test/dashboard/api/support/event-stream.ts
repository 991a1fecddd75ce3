import { type ClientRequest, get, type IncomingMessage } from 'node:http';
import { onTestFinished } from 'vitest';
import { AlarmFrame } from '../../../../broker/contract/alarms.ts';
import { HeartbeatFrame, HelloFrame, ValuesFrame } from '../../../../broker/contract/live.ts';
import { until } from '../../../support/until.ts';

export interface StreamEvent {
  event: string;
  id: string | undefined;
  data: unknown;
}

/** A reader of server-sent events that holds every frame against its schema. */
export class EventStream {
  readonly events: StreamEvent[] = [];
  retryMs: number | undefined;
  isClosed = false;
  readonly response: IncomingMessage;
  readonly #request: ClientRequest;
  #text = '';

  private constructor(request: ClientRequest, response: IncomingMessage) {
    this.#request = request;
    this.response = response;
    response.setEncoding('utf8');
    response.on('data', (chunk: string) => this.#take(chunk));
    response.on('close', () => {
      this.isClosed = true;
    });
    response.on('error', () => {});
  }

  static async open(url: string, headers: Record<string, string> = {}): Promise<EventStream> {
    const stream = await new Promise<EventStream>((resolve, reject) => {
      const request = get(url, { headers, agent: false }, (response) =>
        resolve(new EventStream(request, response)),
      );
      request.on('error', reject);
    });
    onTestFinished(() => stream.close());
    return stream;
  }

  close(): void {
    this.#request.destroy();
  }

  /** The frames of one kind of event, parsed. */
  hello(): HelloFrame {
    return HelloFrame.parse(this.events.find(({ event }) => event === 'hello')?.data);
  }

  values(event: 'snapshot' | 'delta'): ValuesFrame[] {
    return this.events
      .filter((one) => one.event === event)
      .map(({ data }) => ValuesFrame.parse(data));
  }

  /** The n-th frame of a kind, waited for. */
  async next(event: 'snapshot' | 'delta', index = 0): Promise<ValuesFrame> {
    return await until(`${event} ${index}`, () => this.values(event)[index]);
  }

  alarms(): AlarmFrame[] {
    return this.events
      .filter(({ event }) => event === 'alarm')
      .map(({ data }) => AlarmFrame.parse(data));
  }

  /** The n-th `alarm` frame, waited for. */
  async nextAlarms(index: number): Promise<AlarmFrame> {
    return await until(`alarm ${index}`, () => this.alarms()[index]);
  }

  get lastId(): string {
    return this.events.findLast(({ id }) => id !== undefined)?.id ?? '';
  }

  #take(chunk: string): void {
    this.#text += chunk;
    for (;;) {
      const end = this.#text.indexOf('\n\n');
      if (end < 0) return;
      const lines = this.#text.slice(0, end).split('\n');
      this.#text = this.#text.slice(end + 2);
      const fields = new Map(lines.map((line) => line.split(/: (.*)/s, 2) as [string, string]));
      if (fields.has('retry')) this.retryMs = Number(fields.get('retry'));
      const event = fields.get('event') ?? 'message';
      const data: unknown = JSON.parse(fields.get('data') ?? 'null');
      schemas[event as keyof typeof schemas].parse(data);
      this.events.push({ event, id: fields.get('id'), data });
    }
  }
}

const schemas = {
  hello: HelloFrame.strict(),
  snapshot: ValuesFrame.strict(),
  delta: ValuesFrame.strict(),
  alarm: AlarmFrame.strict(),
  heartbeat: HeartbeatFrame.strict(),
};
