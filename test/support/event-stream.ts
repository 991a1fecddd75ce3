export interface StreamEvent {
  event: string;
  id: string;
  data: unknown;
}

export interface EventStream {
  /** Everything received so far. */
  events: StreamEvent[];
  close(): void;
}

/** Reads server-sent events as a third party would, without a browser. */
export async function openEventStream(
  url: string,
  headers: Record<string, string> = {},
): Promise<EventStream> {
  const abort = new AbortController();
  const response = await fetch(url, {
    headers: { accept: 'text/event-stream', ...headers },
    signal: abort.signal,
  });
  if (!response.ok || !response.body) throw new Error(`${url}: ${response.status}`);
  const events: StreamEvent[] = [];
  read(response.body, events).catch(() => {});
  return { events, close: () => abort.abort() };
}

async function read(body: ReadableStream<Uint8Array>, events: StreamEvent[]): Promise<void> {
  let text = '';
  const decoder = new TextDecoder();
  for await (const chunk of body) {
    text += decoder.decode(chunk, { stream: true });
    const blocks = text.split('\n\n');
    text = blocks.pop() ?? '';
    for (const block of blocks) {
      const event = parse(block);
      if (event) events.push(event);
    }
  }
}

function parse(block: string): StreamEvent | undefined {
  const fields = new Map(
    block.split('\n').map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon), line.slice(colon + 1).trimStart()] as const;
    }),
  );
  const data = fields.get('data');
  if (data === undefined) return undefined;
  return {
    event: fields.get('event') ?? 'message',
    id: fields.get('id') ?? '',
    data: JSON.parse(data),
  };
}
