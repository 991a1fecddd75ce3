/** Runs `task` for each item, at most `max` at a time. The first failure stops new ones and is thrown. */
export async function concurrently<T>(
  items: readonly T[],
  max: number,
  task: (item: T) => Promise<void>,
): Promise<void> {
  let next = 0;
  const work = async () => {
    while (next < items.length) {
      const item = items[next++];
      try {
        if (item !== undefined) await task(item);
      } catch (error) {
        next = items.length;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(max, items.length) }, work));
}
