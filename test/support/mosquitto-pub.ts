import { spawn } from 'node:child_process';

export interface PubOptions {
  port: number;
  user?: string;
  password?: string;
  topic: string;
  payload: string | Buffer;
  qos?: 0 | 1 | 2;
}

/** Publishes with Debian's `mosquitto_pub`, a client that we did not write. Resolves with its exit code and complaint. */
export function mosquittoPub(options: PubOptions): Promise<{ code: number | null; error: string }> {
  const { port, user, password, topic, payload, qos = 1 } = options;
  const args = [
    '-h',
    '127.0.0.1',
    '-p',
    String(port),
    '-V',
    'mqttv311',
    '-t',
    topic,
    '-q',
    String(qos),
    '-s',
  ];
  if (user !== undefined) args.push('-u', user);
  if (password !== undefined) args.push('-P', password);
  const child = spawn('mosquitto_pub', args, { stdio: ['pipe', 'ignore', 'pipe'] });
  let error = '';
  child.stderr.on('data', (chunk) => {
    error += chunk;
  });
  child.stdin.on('error', () => {});
  child.stdin.end(payload);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve({ code, error }));
  });
}
