import { describe, expect, it } from 'vitest';
import { BrokerEnv, brokerConfig } from '../../broker/config.ts';
import { brokerLimits, limitsFor } from '../../broker/limits.ts';

const faults = (env: Record<string, string>) =>
  BrokerEnv.safeParse(env).error?.issues.map(({ path }) => path.join('.')) ?? [];

describe('configuration of the broker', () => {
  it('listens on loopback, port 1883, with provider enrolment, when nothing is said', () => {
    expect(brokerConfig(BrokerEnv.parse({}), { publicRead: true })).toEqual({
      host: '127.0.0.1',
      mqttPort: 1883,
      tls: undefined,
      enrolment: 'provider',
      clientsMax: 20_000,
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

  it('lets in as many clients as it is told, with a session for each', () => {
    for (const wrong of ['0', '-1', '1e5', '1000000'])
      expect(faults({ MQTT_CLIENTS_MAX: wrong })).toEqual(['MQTT_CLIENTS_MAX']);
    const env = BrokerEnv.parse({ MQTT_CLIENTS_MAX: '50000' });
    const { clientsMax } = brokerConfig(env, { publicRead: true });
    expect(limitsFor(clientsMax)).toMatchObject({ clientsMax: 50_000, sessionsMax: 50_000 });
    expect(limitsFor(undefined)).toEqual(brokerLimits);
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
