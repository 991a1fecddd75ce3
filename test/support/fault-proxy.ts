import {
  createServer,
  type IncomingMessage,
  request,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { Socket } from 'node:net';
import { freePort } from './free-port.ts';

/** What the proxy does to a request instead of passing it on. */
export type Fault =
  /** Passes it on after a while. */
  | { kind: 'delay'; ms: number }
  /** Passes it on, and the answer slowly. */
  | { kind: 'throttle'; bytesPerS: number }
  /** Takes the request and never answers; the server does not see it. */
  | { kind: 'hang' }
  /** Answers in place of the server. */
  | { kind: 'answer'; status: number; body?: string }
  /** The server gets all of the request; the connection is reset before its answer is passed on. */
  | { kind: 'lose-answer' }
  /** The connection is reset in the midst of the answer. */
  | { kind: 'break-answer' }
  /** The server gets half of the request's body, then its connection is reset, and the client's too. */
  | { kind: 'break-request' };

export interface FaultRule {
  fault: Fault;
  /** Requests that it hits; all of them when missing. */
  only?: (request: { method: string; path: string; body: Buffer }) => boolean;
  /** After so many hits the rule is gone. */
  times?: number;
}

/** An HTTP proxy in front of one server that can be made to misbehave. */
export interface FaultProxy {
  url: string;
  /** Requests that were passed on whole, by path without the query. */
  passed: Map<string, number>;
  /** Hits of the rules so far. */
  hits(): number;
  /** The first rule that fits a request is applied; no rules: all is passed on. */
  behave(...rules: FaultRule[]): void;
  /** Resets every connection and refuses new ones. */
  cut(): Promise<void>;
  /** Takes connections again, on the same port. */
  restore(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts a proxy on a free loopback port. Bodies are held in memory: it is for tests. */
export async function startFaultProxy(targetUrl: string): Promise<FaultProxy> {
  const port = await freePort();
  const sockets = new Set<Socket>();
  const passed = new Map<string, number>();
  let rules: FaultRule[] = [];
  let hits = 0;
  let server: Server | undefined;

  function faultFor(incoming: { method: string; path: string; body: Buffer }): Fault | undefined {
    const rule = rules.find(({ only }) => !only || only(incoming));
    if (!rule) return undefined;
    hits++;
    if (rule.times !== undefined && --rule.times <= 0) rules = rules.filter((one) => one !== rule);
    return rule.fault;
  }

  async function handle(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const { method = 'GET', url: path = '/' } = incoming;
    const body = Buffer.concat(chunks);
    const fault = faultFor({ method, path, body });
    if (fault?.kind === 'hang') return;
    if (fault?.kind === 'answer') {
      response.writeHead(fault.status, { 'content-type': 'application/json' });
      response.end(fault.body ?? '{"error":"injected"}');
      return;
    }
    if (fault?.kind === 'delay') await new Promise((resolve) => setTimeout(resolve, fault.ms));
    if (fault?.kind === 'break-request') {
      await forwardHalf(targetUrl, incoming, body);
      response.socket?.resetAndDestroy();
      return;
    }
    const answer = await forward(targetUrl, incoming, body);
    const name = path.split('?')[0] ?? path;
    passed.set(name, (passed.get(name) ?? 0) + 1);
    await passBack(answer, response, fault);
  }

  const start = async (): Promise<void> => {
    server = createServer((incoming, response) => {
      handle(incoming, response).catch(() => response.socket?.destroy());
    });
    server.on('connection', (socket) => {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
      socket.on('error', () => {});
    });
    await new Promise<void>((resolve, reject) => {
      server?.once('error', reject);
      server?.listen(port, '127.0.0.1', resolve);
    });
  };
  const cut = async (): Promise<void> => {
    const closing = server;
    server = undefined;
    const closed = new Promise((resolve) =>
      closing ? closing.close(resolve) : resolve(undefined),
    );
    for (const socket of sockets) socket.resetAndDestroy();
    await closed;
  };

  await start();
  return {
    url: `http://127.0.0.1:${port}`,
    passed,
    hits: () => hits,
    behave: (...next) => {
      rules = next.map((rule) => ({ ...rule }));
    },
    cut,
    restore: () => (server ? Promise.resolve() : start()),
    stop: cut,
  };
}

interface Answer {
  status: number;
  headers: IncomingMessage['headers'];
  body: Buffer;
}

function forward(targetUrl: string, incoming: IncomingMessage, body: Buffer): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { method = 'GET', url: path = '/', headers } = incoming;
    const outgoing = request(
      new URL(path, targetUrl),
      {
        method,
        // One connection per request, and a body of a known length.
        agent: false,
        headers: { ...withoutHops(headers), 'content-length': body.length },
      },
      async (response) => {
        const chunks: Buffer[] = [];
        try {
          for await (const chunk of response) chunks.push(chunk as Buffer);
        } catch (error) {
          reject(error as Error);
        }
        const { statusCode: status = 502, headers: answered } = response;
        resolve({ status, headers: answered, body: Buffer.concat(chunks) });
      },
    );
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

/** Promises the server the whole body and breaks off in its middle. */
function forwardHalf(targetUrl: string, incoming: IncomingMessage, body: Buffer): Promise<void> {
  return new Promise((resolve) => {
    const { method = 'GET', url: path = '/', headers } = incoming;
    const outgoing = request(new URL(path, targetUrl), {
      method,
      agent: false,
      headers: { ...withoutHops(headers), 'content-length': body.length },
    });
    outgoing.on('error', () => resolve());
    outgoing.on('close', () => resolve());
    outgoing.write(body.subarray(0, Math.floor(body.length / 2)), () => outgoing.destroy());
  });
}

function withoutHops(headers: IncomingMessage['headers']): IncomingMessage['headers'] {
  const { connection: _, 'transfer-encoding': __, host: ___, ...rest } = headers;
  return rest;
}

async function passBack(
  { status, headers, body }: Answer,
  response: ServerResponse,
  fault: Fault | undefined,
): Promise<void> {
  if (fault?.kind === 'lose-answer') {
    response.socket?.resetAndDestroy();
    return;
  }
  if (fault?.kind === 'break-answer' && body.length === 0) {
    response.socket?.write('HTTP/1.1 20');
    setTimeout(() => response.socket?.resetAndDestroy(), 20);
    return;
  }
  response.writeHead(status, {
    ...withoutHops(headers),
    ...(status === 204 ? {} : { 'content-length': body.length }),
  });
  if (fault?.kind === 'break-answer') {
    response.flushHeaders();
    response.write(body.subarray(0, Math.floor(body.length / 2)));
    setTimeout(() => response.socket?.resetAndDestroy(), 20);
    return;
  }
  if (fault?.kind === 'throttle') {
    const step = Math.max(1, Math.floor(fault.bytesPerS / 20));
    for (let from = 0; from < body.length && !response.destroyed; from += step) {
      response.write(body.subarray(from, from + step));
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    response.end();
    return;
  }
  response.end(body);
}
