import type { Aedes, Client, PublishPacket } from 'aedes';
import type { Connections } from './connections.ts';
import { parseTopic } from './contract/topics.ts';
import type { BrokerPersistence } from './persistence/persistence.ts';

/** The untyped shape of Aedes' publish, as its own packet handlers call it. */
type AedesPublish = (
  packet: PublishPacket,
  client: Client | null | ((error?: Error) => void),
  done?: (error?: Error) => void,
) => void;

/**
 * Makes what clients publish go to subscribers without the publisher waiting for them: Aedes would not
 * read on before the slowest has taken it. By now the message is kept (or was QoS 0), so that what is
 * dropped here is a copy on its way to a screen.
 *
 * @returns a function that keeps one packet from being fanned out
 */
export function detachFanOut(
  aedes: Aedes,
  deps: {
    connections: Connections;
    persistence: BrokerPersistence;
    /** False: no more deliveries in this turn of the event loop. */
    mayDeliver: () => boolean;
    drop: () => void;
  },
): (packet: object) => void {
  const { connections, persistence } = deps;
  const withheld = new WeakSet<object>();
  const publish = aedes.publish.bind(aedes) as unknown as AedesPublish;

  function send(packet: PublishPacket, client: Client): void {
    const kind = parseTopic(packet.topic)?.kind;
    const isQueued = packet.qos > 0 && (!kind || persistence.interest.count(kind) > 0);
    const isHeard = isQueued || packet.retain || !kind || connections.interest.count(kind) > 0;
    if (!isHeard) return;
    if (isQueued || packet.retain || deps.mayDeliver()) publish(packet, client, () => {});
    else deps.drop();
  }

  const detached: AedesPublish = (packet, client, done) => {
    if (typeof client === 'function' || client === null) {
      publish(packet, client, done);
      return;
    }
    if (!withheld.has(packet)) send(packet, client);
    done?.();
  };
  (aedes as unknown as { publish: AedesPublish }).publish = detached;
  return (packet) => withheld.add(packet);
}
