import type { AedesClient, AedesSubscription, Deliver } from './aedes-internals.ts';
import { matches } from './topic-filter.ts';

/**
 * Delivers each message at the highest QoS of all of a client's subscriptions that match [MQTT-3.3.5-1].
 * Aedes takes the one that happens to come first, lets a concrete filter of QoS 0 lower those with
 * wildcards, and sends retained messages at their own QoS to a wildcard of QoS 0.
 */
export function deliverAtHighestQos(client: AedesClient): void {
  const { deliver0, deliverQoS } = client;
  /** Concrete subscriptions whose QoS was raised, so that Aedes does not lower what a wildcard may have. */
  const raised = new WeakSet<AedesSubscription>();

  function isGrantedMore(topic: string): boolean {
    let levels: string[] | undefined;
    for (const [filter, subscription] of Object.entries(client.subscriptions)) {
      if (subscription.qos === 0 || raised.has(subscription)) continue;
      levels ??= topic.split('/');
      if (filter === topic || matches(filter.split('/'), levels)) return true;
    }
    return false;
  }

  function deliverAtOne(packet: Parameters<Deliver>[0], done: () => void): void {
    const concrete = client.subscriptions[packet.topic];
    if (concrete?.qos === 0) {
      concrete.qos = 1;
      raised.add(concrete);
    }
    deliverQoS(packet, done);
  }

  client.deliver0 = (packet, done) => {
    if (packet.qos > 0 && isGrantedMore(packet.topic)) deliverAtOne(packet, done);
    else deliver0(packet, done);
  };
  client.deliverQoS = (packet, done) => {
    // RETAIN is set only for a new subscription, whose own QoS Aedes does not look at.
    if (packet.qos > 0 && packet.retain && !isGrantedMore(packet.topic)) deliver0(packet, done);
    else deliverAtOne(packet, done);
  };
}
