import mqtt, { type MqttClient } from 'mqtt';

/** Publishes at a steady rate and knows what must be in the store afterwards. */
export interface SteadyLoad {
  /** What was acknowledged, per device: messages, and the sum of their values. */
  acked: Map<string, { count: number; sum: number }>;
  ackedCount(): number;
  /** Published and not acknowledged yet. */
  waiting(): number;
  /** Times between publish and acknowledgement since the last call, ms, ascending. */
  takeLatencies(): number[];
  /** Stops publishing, waits for what is under way, closes. */
  stop(): Promise<void>;
}

export interface SteadyLoadOptions {
  mqttPort: number;
  provider: string;
  token: string;
  devices: number;
  /** Messages per second, of all devices together. */
  rate: number;
}

const tickMs = 20;
/** Latencies kept between two looks; further ones are left out. */
const latenciesMax = 100_000;

/** One connection per device, QoS 1, one reading per message, each under a key of its own. */
export async function startSteadyLoad(options: SteadyLoadOptions): Promise<SteadyLoad> {
  const { provider, devices, rate } = options;
  const acked = new Map<string, { count: number; sum: number }>();
  const lanes: { client: MqttClient; device: string; lastAt: number; sent: number }[] = [];
  for (let index = 0; index < devices; index++) {
    const device = `outage-${index}`;
    acked.set(device, { count: 0, sum: 0 });
    const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${options.mqttPort}`, {
      username: provider,
      password: options.token,
      clientId: device,
      clean: false,
      reconnectPeriod: 200,
      protocolVersion: 4,
    });
    client.on('error', () => {});
    lanes.push({ client, device, lastAt: 0, sent: 0 });
  }

  let latencies: number[] = [];
  let waiting = 0;
  function publishOne(lane: (typeof lanes)[number]): void {
    lane.lastAt = Math.max(Date.now(), lane.lastAt + 1);
    const value = lane.sent++ % 1000;
    const sentAt = performance.now();
    waiting++;
    lane.client.publish(
      `city/v1/${provider}/${lane.device}/readings`,
      JSON.stringify({ at: lane.lastAt, pm10: value }),
      { qos: 1 },
      (error) => {
        waiting--;
        const sums = acked.get(lane.device);
        if (error || !sums) return;
        sums.count++;
        sums.sum += value;
        if (latencies.length < latenciesMax) latencies.push(performance.now() - sentAt);
      },
    );
  }

  const beganAt = performance.now();
  let published = 0;
  const timer = setInterval(() => {
    const due = Math.floor(((performance.now() - beganAt) / 1000) * rate);
    while (published < due) {
      const lane = lanes[published++ % lanes.length];
      if (lane) publishOne(lane);
    }
  }, tickMs);

  return {
    acked,
    ackedCount: () => [...acked.values()].reduce((sum, { count }) => sum + count, 0),
    waiting: () => waiting,
    takeLatencies() {
      const taken = latencies.sort((a, b) => a - b);
      latencies = [];
      return taken;
    },
    async stop() {
      clearInterval(timer);
      for (let left = 500; waiting > 0 && left > 0; left--) {
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      await Promise.all(lanes.map(({ client }) => client.endAsync()));
    },
  };
}
