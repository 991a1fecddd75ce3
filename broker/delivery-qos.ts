import type { AedesSubscription, Deliver, DeliveredPacket } from './aedes-internals.ts';
import { noteSentCommand } from './command-delivery.ts';
import type { Connection } from './connections.ts';
import { matches } from './topic-filter.ts';

/**
 * Delivers each message at the highest QoS of all of a client's subscriptions that match [MQTT-3.3.5-1].
 * Aedes takes the one that happens to come first, lets a concrete filter of QoS 0 lower those with
 * wildcards, and sends retained messages at their own QoS to a wildcard of QoS 0.
 */
export function deliverAtHighestQos(connection: Connection): void {
  const delivery = new Delivery(connection);
  const { client } = connection;
  // A subscription keeps the function alone.
  client.deliver0 = (packet, done) => delivery.deliver0(packet, done);
  client.deliverQoS = (packet, done) => delivery.deliverQoS(packet, done);
}

class Delivery {
  readonly #connection: Connection;
  readonly #aedes: { deliver0: Deliver; deliverQoS: Deliver };
  /** Concrete subscriptions whose QoS was raised, so that Aedes does not lower what a wildcard may have. */
  #raised: WeakSet<AedesSubscription> | undefined;

  constructor(connection: Connection) {
    const { deliver0, deliverQoS } = connection.client;
    this.#connection = connection;
    this.#aedes = { deliver0, deliverQoS };
  }

  deliver0(packet: DeliveredPacket, done: () => void): void {
    if (packet.qos > 0 && this.#isGrantedMore(packet.topic)) this.#deliverAtOne(packet, done);
    else this.#aedes.deliver0(packet, done);
  }

  deliverQoS(packet: DeliveredPacket, done: () => void): void {
    // RETAIN is set only for a new subscription, whose own QoS Aedes does not look at.
    if (packet.qos > 0 && packet.retain && !this.#isGrantedMore(packet.topic))
      this.#aedes.deliver0(packet, done);
    else this.#deliverAtOne(packet, done);
  }

  #isGrantedMore(topic: string): boolean {
    let levels: string[] | undefined;
    const { subscriptions } = this.#connection.client;
    for (const [filter, subscription] of Object.entries(subscriptions)) {
      if (subscription.qos === 0 || this.#raised?.has(subscription)) continue;
      levels ??= topic.split('/');
      if (filter === topic || matches(filter.split('/'), levels)) return true;
    }
    return false;
  }

  #deliverAtOne(packet: DeliveredPacket, done: () => void): void {
    const concrete = this.#connection.client.subscriptions[packet.topic];
    if (concrete?.qos === 0) {
      concrete.qos = 1;
      this.#raised ??= new WeakSet();
      this.#raised.add(concrete);
    }
    this.#aedes.deliverQoS(noteSentCommand(this.#connection, packet), done);
  }
}
