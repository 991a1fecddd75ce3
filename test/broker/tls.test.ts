import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect } from 'mqtt';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ListenFailed } from '../../broker/listeners.ts';
import { freePort } from '../support/free-port.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { asDevice, startBroker } from './harness.ts';

function openssl(...args: string[]): boolean {
  const { error, status } = spawnSync('openssl', args, { stdio: 'ignore' });
  return error === undefined && status === 0;
}

function hasOpenssl(): boolean {
  if (openssl('version')) return true;
  const reason = 'openssl is not installed';
  if (process.env.CI) throw new Error(reason);
  console.warn(`skipped: ${reason}`);
  return false;
}

/** A self-signed certificate and its key, as files. */
function makeCertificate(folder: string, name: string): { cert: string; key: string } {
  const cert = join(folder, `${name}.pem`);
  const key = join(folder, `${name}.key`);
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1'];
  const made = openssl(
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'],
    ...['-days', '2', '-keyout', key, '-out', cert, ...subject],
  );
  if (!made) throw new Error('openssl could not make a certificate');
  return { cert, key };
}

describe.skipIf(!hasOpenssl())('MQTT over TLS', () => {
  it('takes publishes, and asks for a client certificate when it has a CA', async () => {
    const folder = tempFolder();
    const server = makeCertificate(folder, 'server');
    const client = makeCertificate(folder, 'client');
    const port = await freePort();
    const tls = {
      port,
      certPath: server.cert,
      keyPath: server.key,
      clientCaPath: client.cert,
    };
    const test = await startBroker({ config: { tls } });
    const open = (more: object) => {
      const opened = connect(`mqtts://127.0.0.1:${port}`, {
        ...asDevice(test),
        ca: readFileSync(server.cert),
        reconnectPeriod: 0,
        ...more,
      });
      onTestFinished(async () => opened.endAsync(true));
      return opened;
    };
    const outcome = (opened: ReturnType<typeof open>) =>
      new Promise((resolve) => {
        opened.on('connect', () => resolve('connected'));
        opened.on('error', () => resolve('refused'));
        opened.on('close', () => resolve('refused'));
      });
    expect(await outcome(open({}))).toBe('refused');
    const known = open({ cert: readFileSync(client.cert), key: readFileSync(client.key) });
    expect(await outcome(known)).toBe('connected');
    await known.publishAsync('city/v1/umwelt/a1/readings', 'x', { qos: 1 });
    expect(test.ingest.messages).toHaveLength(1);
  });
});

describe('listeners', () => {
  it('says in one sentence that a port is in use', async () => {
    const test = await startBroker();
    await expect(startBroker({ config: { mqttPort: test.port } })).rejects.toThrow(
      new ListenFailed(`MQTT cannot listen on 127.0.0.1:${test.port}: the port is in use`),
    );
  });

  it('says which file it cannot read, and which is no certificate', async () => {
    const folder = tempFolder();
    const bad = join(folder, 'bad.pem');
    writeFileSync(bad, 'no certificate');
    const tls = { port: await freePort(), certPath: bad, keyPath: join(folder, 'missing.pem') };
    await expect(startBroker({ config: { tls } })).rejects.toThrow(/TLS_KEY: cannot read/);
    await expect(startBroker({ config: { tls: { ...tls, keyPath: bad } } })).rejects.toThrow(
      /TLS_CERT and TLS_KEY are no usable/,
    );
  });
});
