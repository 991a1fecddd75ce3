/** The server said no to this request; unlike after an outage, the same request would be refused again. */
export class InfluxRefused extends Error {
  readonly code = 'influx-refused';
  /** HTTP status; 200 when the refusal stands inside an answer, as with InfluxQL. */
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** The database went away while we were running, as when the server was set up anew. */
export function isMissingDatabase({ status, message }: InfluxRefused): boolean {
  return status === 404 || /(database|bucket|mapping)\b.*not found/i.test(message);
}
