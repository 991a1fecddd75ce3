/** Connections that are being opened at once: fewer than a broker lets one address have without signing in. */
const atOnceMax = 400;

/** Opens `count` connections, some at a time; resolves when all are ready. */
export async function openAll<T>(
  count: number,
  open: (index: number) => { opened: T; ready: Promise<void> },
): Promise<T[]> {
  const all: T[] = [];
  const openOnes = async (): Promise<void> => {
    while (all.length < count) {
      const { opened, ready } = open(all.length);
      all.push(opened);
      await ready;
    }
  };
  await Promise.all(Array.from({ length: Math.min(count, atOnceMax) }, openOnes));
  return all;
}
