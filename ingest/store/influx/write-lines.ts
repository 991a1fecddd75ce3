import { InfluxRefused } from './errors.ts';

export interface RefusedLine {
  /** Index into the lines that were to be written. */
  index: number;
  detail: string;
}

/**
 * Writes all lines that the server takes, and finds those that it does not. A server that refuses a
 * part of a request does not say reliably which (1.x and 2.x count, 3.x numbers lines), so a refused
 * request is split in halves until it is a single line, or all of it is said to be refused. Lines that
 * are written again by this are the same points. At the most two requests per line, when every other
 * line is bad; the caller sorts lines by metric, because a conflict of types refuses a metric as a whole.
 *
 * @throws StoreUnavailable from `send`
 */
export async function writeLines(
  lines: readonly string[],
  send: (lines: string[]) => Promise<void>,
): Promise<RefusedLine[]> {
  const refused: RefusedLine[] = [];
  const writeRange = async (from: number, to: number): Promise<void> => {
    if (from === to) return;
    const refusal = await refusalOf(() => send(lines.slice(from, to)));
    if (!refusal) return;
    if (to - from === 1 || droppedOf(refusal) === to - from) {
      for (let index = from; index < to; index++) refused.push({ index, detail: refusal.message });
      return;
    }
    const middle = from + Math.floor((to - from) / 2);
    await writeRange(from, middle);
    await writeRange(middle, to);
  };
  await writeRange(0, lines.length);
  return refused;
}

async function refusalOf(send: () => Promise<void>): Promise<InfluxRefused | undefined> {
  try {
    await send();
    return undefined;
  } catch (error) {
    if (error instanceof InfluxRefused && isAboutLines(error.status)) return error;
    throw error;
  }
}

/** 400: cannot be parsed or stored (1.x, 3.x); 422: the same in 2.x; 413: too large as a whole. */
function isAboutLines(status: number): boolean {
  return status === 400 || status === 422 || status === 413;
}

/** How many points the server says it dropped for a reason that holds for each of them. */
function droppedOf({ message }: InfluxRefused): number | undefined {
  const dropped = /^(?:failure writing points to database: )?partial write: .* dropped=(\d+)/s.exec(
    message,
  )?.[1];
  return dropped === undefined ? undefined : Number(dropped);
}
