import type { IncomingMessage } from 'node:http';
import type { Server } from 'node:net';
import type { Duplex } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { OutboundMessage } from './bus/bus.ts';
import type { CommandListener } from './command-delivery.ts';
import type { BrokerConfig } from './config.ts';
import type { Connections } from './connections.ts';
import type { RefusalTrail } from './contract/diagnostics.ts';
import type { RegistryChange } from './contract/registry.ts';
import { type BrokerCore, type BrokerDeps, createCore } from './core.ts';
import { createWebSocketDoor, listenTcp, listenTls } from './listeners.ts';

/** The MQTT broker of the platform: MQTT 3.1 and 3.1.1 over TCP, TLS and WebSocket. */
export interface Broker {
  /** Opens the listeners. @throws ListenFailed with one clear sentence */
  start(): Promise<void>;
  /** Closes the listeners, lets publishes settle for a while, then closes every connection. */
  stop(): Promise<void>;
  /** Publishes commands and live readings. QoS 0 resolves at once and may be dropped. @throws PublishRefused */
  publish(message: OutboundMessage): Promise<void>;
  /** Takes over an HTTP upgrade; its path has been checked by the caller. */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Tells how commands fare. Returns the way to stop listening. */
  listenToCommands(listener: CommandListener): () => void;
  /** Subscriptions that can hear live topics: with none, nobody needs to publish them. */
  liveSubscribers(): number;
  /** The latest refusals of each provider and device. */
  readonly refusals: RefusalTrail;
}

/** The broker is not running, or too many publishes of ours are under way. */
export class PublishRefused extends Error {
  readonly code = 'publish-refused';
}

export function createBroker(config: BrokerConfig, deps: BrokerDeps): Broker {
  const core = createCore(config, deps);
  const { aedes, connections, gate, limits, refusals } = core;
  const { log, registry } = deps;
  const door = createWebSocketDoor({ frameBytesMax: limits.packetBytesMax }, core.onConnection);
  const servers: Server[] = [];
  let stopListening = () => {};
  let outbound = 0;

  return {
    async start() {
      await aedes.listen();
      stopListening = registry.onChange((change) => endRights(connections, change));
      try {
        servers.push(...(await openListeners(config, core)));
      } catch (error) {
        stopListening();
        aedes.close();
        await core.closeState();
        throw error;
      }
      for (const server of servers) server.on('error', (err) => log.error({ err }, 'listener'));
      core.state = 'running';
    },

    async stop() {
      if (core.state === 'stopping') return;
      core.state = 'stopping';
      const closed = servers.map((server) => new Promise((resolve) => server.close(resolve)));
      await gate.drain(limits.stopWaitMs);
      // The last acknowledgements are written at the end of this turn.
      await nextTurn();
      stopListening();
      await new Promise<void>((resolve) => aedes.close(resolve));
      connections.closeAll();
      await Promise.all(closed);
      await core.closeState();
    },

    publish({ topic, payload, qos, retain = false }) {
      if (core.state !== 'running')
        return Promise.reject(new PublishRefused('the broker is not running'));
      const bytes = typeof payload === 'string' ? payload : Buffer.from(payload);
      const packet = { cmd: 'publish', topic, payload: bytes, qos, retain, dup: false } as const;
      if (qos === 0) {
        if (core.mayDeliver()) aedes.publish(packet, () => {});
        else refusals.count('overloaded', 'platform');
        return Promise.resolve();
      }
      if (outbound >= limits.outboundMax)
        return Promise.reject(new PublishRefused('too many publishes are under way'));
      outbound += 1;
      return new Promise((resolve, reject) => {
        aedes.publish(packet, (error) => {
          outbound -= 1;
          if (error) reject(error);
          else resolve();
        });
      });
    },

    handleUpgrade(request, socket, head) {
      if (core.state === 'running') door.handleUpgrade(request, socket, head);
      else socket.destroy();
    },

    listenToCommands: (listener) => core.commands.listen(listener),

    liveSubscribers: () => connections.interest.count('live'),
    refusals: core.trail,
  };
}

async function openListeners(config: BrokerConfig, core: BrokerCore): Promise<Server[]> {
  const { host, mqttPort, tls } = config;
  const { limits, onConnection } = core;
  const bounds = {
    // Room for those who are told that there is none (CONNACK 3).
    connectionsMax: limits.clientsMax + 1_000,
    handshakeTimeoutMs: limits.connectTimeoutMs,
  };
  const servers: Server[] = [];
  try {
    if (mqttPort > 0) servers.push(await listenTcp({ host, port: mqttPort }, bounds, onConnection));
    if (tls) servers.push(await listenTls({ host, tls }, bounds, onConnection));
  } catch (error) {
    for (const server of servers) server.close();
    throw error;
  }
  return servers;
}

/** An account whose tokens were replaced, or a device that is gone, may not go on with its old connection. */
function endRights(connections: Connections, change: RegistryChange): void {
  if (change.kind === 'tokens') connections.closeAccount(change.account);
  if (change.kind === 'device' && change.device === undefined)
    connections.closeAccount({ kind: 'device', device: change.key });
}
