import { type Logger, pino } from 'pino';

/** Fields that must never reach a log, wherever they hang. */
const secretFields = ['token', 'password', 'authorization', 'cookie', 'secret'];

/** The process's logger, on stderr: readable on a terminal, JSON lines elsewhere. */
export function createLog(level: string): Logger {
  const options = {
    level,
    base: null,
    redact: { paths: secretFields.flatMap((field) => [field, `*.${field}`, `*.headers.${field}`]) },
  };
  if (process.stderr.isTTY) {
    return pino({
      ...options,
      transport: {
        target: 'pino-pretty',
        options: { destination: 2, translateTime: 'SYS:HH:MM:ss' },
      },
    });
  }
  return pino({ ...options, timestamp: pino.stdTimeFunctions.isoTime }, pino.destination(2));
}
