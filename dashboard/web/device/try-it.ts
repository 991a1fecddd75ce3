import type { DeviceKind } from '../../../broker/contract/device.ts';
import type { DeviceKey } from '../../../broker/contract/ids.ts';
import { readingsTopic } from '../../../broker/contract/topics.ts';

/** Where this installation listens, as the page knows it. */
export interface Doors {
  host: string;
  origin: string;
  mqttPort?: number | undefined;
  mqttsPort?: number | undefined;
}

/** A believable reading of each kind, for a first try. */
const samples: Readonly<Record<DeviceKind, Readonly<Record<string, number>>>> = {
  air: { pm10: 12.3, pm2_5: 8.1 },
  light: { lamp_on: 1, power: 42 },
  waste: { fill_level: 35 },
  noise: { noise: 54.2 },
  weather: { temperature: 18.4, relative_humidity: 61 },
  other: { temperature: 18.4 },
};

/** A command to publish one reading for a device; undefined where there is no MQTT door. The token is a variable. */
export function publishCommand(key: DeviceKey, kind: DeviceKind, doors: Doors): string | undefined {
  const { host, mqttPort, mqttsPort } = doors;
  const port = mqttPort ?? mqttsPort;
  if (port === undefined) return undefined;
  const tls = mqttPort === undefined ? ' --tls-use-os-certs' : '';
  const message = JSON.stringify(samples[kind]);
  return (
    `mosquitto_pub -h ${host} -p ${port}${tls} -u ${key} -P "$TOKEN" -q 1 \\\n` +
    `  -t ${readingsTopic(key)} -m '${message}'`
  );
}

/** The same by HTTP, whose answer says what became of it. */
export function pushCommand(key: DeviceKey, kind: DeviceKind, { origin }: Doors): string {
  const message = JSON.stringify(samples[kind]);
  return (
    `curl -H "Authorization: Bearer $TOKEN" \\\n` +
    `  -d '${message}' '${origin}/api/v1/push/native?device=${key}'`
  );
}
