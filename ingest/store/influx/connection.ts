import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { HttpError, InfluxDB, type SendOptions, type Transport } from '@influxdata/influxdb-client';
import { z } from 'zod';
import { storeLimits } from '../limits.ts';
import { QueryTooLarge, StoreUnavailable } from '../store.ts';
import { type AnswerSeries, parseAnswer } from './answer.ts';
import { InfluxRefused } from './errors.ts';

export interface Request {
  method: 'GET' | 'POST';
  path: string;
  body?: string;
  headers?: Record<string, string>;
}

export interface Answer {
  headers: Readonly<Record<string, string | string[] | undefined>>;
  body: unknown;
}

/**
 * The official client with what it leaves open: a time limit for a whole request (its own is for an
 * idle socket, and leaves the request behind), a bound on the answer, and errors in our terms:
 * StoreUnavailable when the server cannot be reached, answers 5xx or 429 or not in time; InfluxRefused
 * for other refusals.
 */
export class Connection {
  readonly #origin: string;
  /** Lines shrink to a seventh, which costs both sides more than a connection within the machine takes. */
  readonly #gzipBytesMin: number;
  readonly #client: InfluxDB;
  readonly #agent: HttpAgent;
  readonly #transport: Transport;
  #authorization: Record<string, string> = {};

  constructor(url: string, answerMsMax: number) {
    // Without path, user and password, so that none of them reaches a log.
    const { origin, hostname } = new URL(url);
    this.#origin = origin;
    this.#gzipBytesMin = isLoopback(hostname) ? Number.POSITIVE_INFINITY : 1_000;
    this.#agent = url.startsWith('https:')
      ? new HttpsAgent({ keepAlive: true })
      : new HttpAgent({ keepAlive: true });
    const { transport } = new InfluxDB({
      url,
      timeout: answerMsMax,
      transportOptions: { agent: this.#agent },
    });
    this.#transport = withDeadline(transport, answerMsMax);
    this.#client = new InfluxDB({ url, transport: this.#transport });
  }

  /** Sent with every request from now on; undefined sends none. */
  authorize(authorization: string | undefined): void {
    this.#authorization = authorization === undefined ? {} : { authorization };
  }

  /** Any request with a small answer, parsed when it is JSON. */
  async request({ method, path, body = '', headers }: Request): Promise<Answer> {
    const answer: Answer = { headers: {}, body: undefined };
    const options = { method, headers: { ...headers, ...this.#authorization } };
    try {
      answer.body = await this.#transport.request(path, body, options, (received) => {
        answer.headers = received;
      });
      return answer;
    } catch (error) {
      throw this.#explain(error);
    }
  }

  /**
   * Runs one InfluxQL statement (InfluxDB 3 takes no more at a time). Answers the series as they
   * arrive; one that is long comes in several parts.
   */
  async *query(database: string, statement: string): AsyncGenerator<AnswerSeries> {
    const path = `/query?${new URLSearchParams({ db: database, epoch: 'ms', chunked: 'true' })}`;
    const options = {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...this.#authorization },
    };
    try {
      const body = `${new URLSearchParams({ q: statement })}`;
      yield* parseAnswer(bounded(this.#transport.iterate(path, body, options)));
    } catch (error) {
      throw this.#explain(error);
    }
  }

  /** Writes lines in one request and waits for the answer: the client neither splits nor repeats. */
  async write(database: string, lines: string[], path?: string): Promise<void> {
    const api = this.#client.getWriteApi('', database, 'ms', {
      batchSize: 2,
      maxBatchBytes: Number.MAX_SAFE_INTEGER,
      flushInterval: 0,
      maxRetries: 0,
      gzipThreshold: this.#gzipBytesMin,
      headers: this.#authorization,
      // Rejects the flush; without it the client writes to the console as well.
      writeFailed: (error) => Promise.reject(error),
    });
    if (path !== undefined) api.path = path;
    try {
      // As one: the client would measure and keep each line by itself.
      api.writeRecord(lines.join('\n'));
      await api.flush();
    } catch (error) {
      throw this.#explain(error);
    } finally {
      api.dispose();
    }
  }

  close(): void {
    this.#agent.destroy();
  }

  #explain(error: unknown): Error {
    if (error instanceof StoreUnavailable || error instanceof QueryTooLarge) return error;
    if (error instanceof InfluxRefused) return error;
    if (error instanceof HttpError) return this.#explainStatus(error);
    const { message, code } = error as Error & { code?: string };
    return new StoreUnavailable(
      `InfluxDB at ${this.#origin} cannot be reached (${code ?? message})`,
      { cause: error },
    );
  }

  #explainStatus(error: HttpError): Error {
    const { statusCode } = error;
    const reason = reasonOf(error);
    const message = reason ?? error.message;
    if (statusCode === 401 || statusCode === 403) {
      return new StoreUnavailable(
        `InfluxDB at ${this.#origin} refused the credentials (${statusCode}): check INFLUX_TOKEN`,
      );
    }
    if (statusCode >= 500 || statusCode === 429 || statusCode === 408) {
      return new StoreUnavailable(`InfluxDB at ${this.#origin} answered ${message}`);
    }
    if (reason === undefined && (statusCode === 400 || statusCode === 422)) {
      // InfluxDB says why. Believing something in between would discard good readings for good.
      return new StoreUnavailable(
        `${this.#origin} answered ${statusCode} without a reason of InfluxDB: is something in between?`,
      );
    }
    return new InfluxRefused(statusCode, message);
  }
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || hostname.startsWith('127.');
}

/** 1.x and 3.x say `error`, 2.x says `message`. */
const Refusal = z.object({ error: z.string().optional(), message: z.string().optional() });

/** What InfluxDB says about a refusal; undefined when it is no JSON of its own: a proxy, or another server. */
function reasonOf({ body = '' }: HttpError): string | undefined {
  try {
    const refusal = Refusal.parse(JSON.parse(body));
    return refusal.error ?? refusal.message;
  } catch {
    return undefined;
  }
}

/** Ends the answer with QueryTooLarge when it grows beyond the bound. */
async function* bounded(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    if (bytes > storeLimits.influxAnswerBytesMax) {
      throw new QueryTooLarge(`more than ${storeLimits.influxAnswerBytesMax} bytes from InfluxDB`);
    }
    yield chunk;
  }
}

/** Aborts each request that has not been answered in full after `answerMsMax`. */
function withDeadline(transport: Transport, answerMsMax: number): Transport {
  const limited = (options: SendOptions) => {
    const controller = new AbortController();
    const timer = setTimeout(() => controller.abort(), answerMsMax);
    return {
      options: { ...options, signal: controller.signal },
      settle: () => clearTimeout(timer),
    };
  };
  return {
    chunkCombiner: transport.chunkCombiner,
    send(path, body, sendOptions, callbacks) {
      const { options, settle } = limited(sendOptions);
      transport.send(path, body, options, {
        ...callbacks,
        complete: () => {
          settle();
          callbacks?.complete?.();
        },
        error: (error) => {
          settle();
          callbacks?.error?.(error);
        },
      });
    },
    async request(path, body, sendOptions, responseStarted) {
      const { options, settle } = limited(sendOptions);
      return transport.request(path, body, options, responseStarted).finally(settle);
    },
    async *iterate(path, body, sendOptions) {
      const { options, settle } = limited(sendOptions);
      try {
        yield* transport.iterate(path, body, options);
      } finally {
        settle();
      }
    },
  };
}
