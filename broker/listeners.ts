import { readFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { createServer, type Server, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { createServer as createTlsServer } from 'node:tls';
import { createWebSocketStream, WebSocketServer } from 'ws';
import type { TlsConfig } from './config.ts';

/** A listener could not be opened: the message is one sentence for the operator. */
export class ListenFailed extends Error {
  readonly code = 'listen-failed';
}

/** Takes over one new connection. */
export type OnConnection = (stream: Duplex, request?: IncomingMessage) => void;

/** Device links that vanish without a FIN are noticed after this and the system's probes. */
const socketOptions = { noDelay: true, keepAlive: true, keepAliveInitialDelay: 60_000 } as const;

/**
 * Connections that wait to be accepted; the system may allow fewer (`somaxconn`). One that finds no room tries again
 * after a second or more, and a turn of the event loop accepts one: a city that reconnects needs a long queue.
 */
const backlog = 4_096;

/** Opens MQTT over TCP. */
export async function listenTcp(
  address: { host: string; port: number },
  limits: { connectionsMax: number },
  onConnection: OnConnection,
): Promise<Server> {
  const server = createServer(socketOptions, onConnection);
  server.maxConnections = limits.connectionsMax;
  return listen(server, address);
}

/** Opens MQTT over TLS; with a client CA only clients that show a certificate of it get through. */
export async function listenTls(
  address: { host: string; tls: TlsConfig },
  limits: { connectionsMax: number; handshakeTimeoutMs: number },
  onConnection: OnConnection,
): Promise<Server> {
  const { certPath, keyPath, clientCaPath, port } = address.tls;
  const [cert, key, ca] = await Promise.all([
    readPem('TLS_CERT', certPath),
    readPem('TLS_KEY', keyPath),
    clientCaPath === undefined ? undefined : readPem('TLS_CLIENT_CA', clientCaPath),
  ]);
  const clientCertificates = ca ? { ca, requestCert: true, rejectUnauthorized: true } : {};
  let server: Server;
  try {
    server = createTlsServer(
      {
        ...socketOptions,
        cert,
        key,
        ...clientCertificates,
        minVersion: 'TLSv1.2',
        handshakeTimeout: limits.handshakeTimeoutMs,
      },
      onConnection,
    );
  } catch (cause) {
    throw new ListenFailed('TLS_CERT and TLS_KEY are no usable certificate and key', { cause });
  }
  server.maxConnections = limits.connectionsMax;
  return listen(server, { host: address.host, port });
}

async function readPem(variable: string, path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (cause) {
    throw new ListenFailed(`${variable}: cannot read ${path}`, { cause });
  }
}

function listen(server: Server, { host, port }: { host: string; port: number }): Promise<Server> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const why = cause.code === 'EADDRINUSE' ? 'the port is in use' : cause.message;
      reject(new ListenFailed(`MQTT cannot listen on ${host}:${port}: ${why}`, { cause }));
    });
    server.listen({ host, port, backlog }, () => resolve(server));
  });
}

/** The WebSocket side of an HTTP server's upgrade to MQTT. */
export interface WebSocketDoor {
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
}

/** Speaks WebSocket with subprotocol `mqtt` on upgrades that an HTTP server passes on [MQTT-6.0.0]. */
export function createWebSocketDoor(
  limits: { frameBytesMax: number },
  onConnection: OnConnection,
): WebSocketDoor {
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: limits.frameBytesMax,
    handleProtocols: () => 'mqtt',
  });
  return {
    handleUpgrade(request, socket, head) {
      const offered = request.headers['sec-websocket-protocol'] ?? '';
      if (!offered.split(',').some((name) => name.trim() === 'mqtt')) {
        socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
        return;
      }
      if ('setNoDelay' in socket) (socket as Socket).setNoDelay(true);
      server.handleUpgrade(request, socket, head, (webSocket) => {
        // MQTT is binary; a text frame is a violation [MQTT-6.0.0-1].
        webSocket.on('message', (_data, isBinary) => isBinary || webSocket.terminate());
        onConnection(createWebSocketStream(webSocket), request);
      });
    },
  };
}
