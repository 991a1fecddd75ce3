import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

interface Call {
  headers: IncomingHttpHeaders;
  text: string;
  // biome-ignore lint/suspicious/noExplicitAny: what came is looked at by tests
  body: any;
}

/** A web server that takes webhooks; `answer` says how. */
export interface Receiver {
  url: string;
  calls: Call[];
  /** A status, or `never`: no answer. */
  answer: number | 'never';
  /** Goes with the answer, as its body. */
  chatter: string;
}

export async function startReceiver(): Promise<Receiver> {
  const receiver: Receiver = { url: '', calls: [], answer: 204, chatter: '' };
  const server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk) => {
      text += chunk;
    });
    request.on('end', () => {
      receiver.calls.push({ headers: request.headers, text, body: JSON.parse(text) });
      if (receiver.answer === 'never') return;
      response.writeHead(receiver.answer, { location: '/elsewhere' });
      response.end(receiver.chatter);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  receiver.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook?key=hunter2`;
  return receiver;
}
