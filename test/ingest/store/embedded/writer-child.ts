import { pino } from 'pino';
import { createEmbeddedStore } from '../../../../ingest/store/embedded/embedded-store.ts';
import { batchOf } from '../../../../ingest/store/reading-batch.ts';
import { until } from '../../../support/until.ts';
import { childBatch } from './child-batch.ts';

/**
 * Writes batch after batch to the store at `argv[2]` and says each one that was confirmed, until it is
 * killed or the store fails; then of how many series it still reads the newest value.
 */
const [, , path = ''] = process.argv;
const store = createEmbeddedStore({ path }, { log: pino({ level: 'silent' }) });
try {
  await store.start();
  console.log('started');
  for (let number = 0; ; number++) {
    await store.write(batchOf(childBatch(number)));
    console.log(`confirmed ${number}`);
  }
} catch (error) {
  const { code, message } = error as Error & { code?: string };
  console.log(`failed ${code} ${message}`);
  const newest = await until('the store to answer again', () =>
    store.latest().catch(() => undefined),
  );
  console.log(`reads ${newest.length}`);
  await store.stop();
  console.log('stopped');
}
