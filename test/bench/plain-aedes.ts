import { createServer } from 'node:net';
import { Aedes } from 'aedes';

/** Aedes as it comes, in memory: the peer that shows what our own promises cost. */
const broker = await Aedes.createBroker();
const server = createServer({ noDelay: true }, (socket) => broker.handle(socket));
server.listen(Number(process.argv[2]), '127.0.0.1', () => console.log('Ready'));
process.on('SIGTERM', () => process.exit(0));
