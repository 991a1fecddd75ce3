import { parentPort, workerData } from 'node:worker_threads';
import { createCrew } from './crew.ts';
import type { News, Order, ThreadData } from './thread-messages.ts';
import { newsEveryMs } from './thread-messages.ts';

/** A thread of the simulator: runs a part of the fleet, and says how far it is. */
const { groups, config } = workerData as ThreadData;
const crew = createCrew(groups, config, Date.now);
const tell = (news: News) => parentPort?.postMessage(news);
const tellState = () => tell({ news: 'state', state: crew.state() });
const timer = setInterval(tellState, newsEveryMs);

parentPort?.on('message', async (order: Order) => {
  if (order.order === 'run') {
    crew.run(order.start);
    await crew.finished;
    tell({ news: 'finished' });
    return;
  }
  clearInterval(timer);
  const results = await crew.stop();
  tell({ news: 'stopped', results, state: crew.state() });
  parentPort?.close();
});

try {
  await crew.connect();
  tell({ news: 'connected' });
} catch (error) {
  tell({ news: 'failed', why: error instanceof Error ? error.message : String(error) });
}
