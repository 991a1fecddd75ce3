import { describe, expect, it } from 'vitest';
import { BrokerEnv, brokerConfig } from '../../broker/config.ts';

const faults = (env: Record<string, string>) =>
  BrokerEnv.safeParse(env).error?.issues.map(({ path }) => path.join('.')) ?? [];

describe('configuration of the broker', () => {
  it('listens on loopback, port 1883, with provider enrolment, when nothing is said', () => {
    expect(brokerConfig(BrokerEnv.parse({}), { publicRead: true })).toEqual({
      host: '127.0.0.1',
      mqttPort: 1883,
      tls: undefined,
      enrolment: 'provider',
      publicRead: true,
      rates: { perDevice: 0, perProvider: 0 },
    });
  });

  it('reports all faults at once', () => {
    expect(faults({ MQTT_PORT: '70000', MQTTS_PORT: 'x', ENROLMENT: 'maybe', HOST: '' })).toEqual([
      'HOST',
      'MQTT_PORT',
      'MQTTS_PORT',
      'ENROLMENT',
    ]);
  });

  it('needs certificate and key for TLS', () => {
    expect(faults({ MQTTS_PORT: '8883' })).toEqual(['TLS_CERT', 'TLS_KEY']);
    expect(faults({ MQTTS_PORT: '0' })).toEqual([]);
    const env = BrokerEnv.parse({
      MQTTS_PORT: '8883',
      TLS_CERT: 'c.pem',
      TLS_KEY: 'k.pem',
      TLS_CLIENT_CA: 'ca.pem',
    });
    expect(brokerConfig(env, { publicRead: false }).tls).toEqual({
      port: 8883,
      certPath: 'c.pem',
      keyPath: 'k.pem',
      clientCaPath: 'ca.pem',
    });
  });
});
