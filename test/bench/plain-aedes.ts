import { createServer } from 'node:net';
import { Aedes } from 'aedes';

/**
 * Aedes as it comes, in memory: the peer that shows what our own promises cost. Only `queueLimit` is
 * raised: with its 42 packets it closes connections that publish at once behind their CONNACK.
 */
const broker = await Aedes.createBroker({ queueLimit: 10_000 });
const server = createServer({ noDelay: true }, (socket) => broker.handle(socket));
server.listen(Number(process.argv[2]), '127.0.0.1', () => console.log('Ready'));
process.on('SIGTERM', () => process.exit(0));
