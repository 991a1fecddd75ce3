import { parentPort } from 'node:worker_threads';
import { Database } from './database.ts';
import type { Calls, Reply, Request } from './messages.ts';
import { SqlSessions } from './sql-session.ts';

/**
 * The thread that owns the database: answers one request after the other, in the order they came, those of
 * sessions beside them.
 * A request that fails is answered with its message; the thread ends only on `close`, or when the open database
 * must not be used any more.
 */
const port = parentPort;
if (!port) throw new Error('worker.ts runs in a worker thread');

let database: Database | undefined;
let sessions: SqlSessions | undefined;
let queue: Promise<void> = Promise.resolve();
/** Nothing more is begun; the main thread rejects what waits when this one has ended. */
let isEnding = false;

// The main thread bounds how many requests can wait here.
port.on('message', (request: Request) => {
  if (isOfSession(request)) void serve(request);
  else queue = queue.then(() => serve(request));
});

async function serve(request: Request): Promise<void> {
  if (isEnding) return;
  const reply = await answer(request).then(
    (answer): Reply => ({ id: request.id, ok: true, answer }),
    (error: Error): Reply => ({ id: request.id, ok: false, message: error.message }),
  );
  port?.postMessage(reply, transferable(reply));
  const unusable = !reply.ok && (request.name === 'open' || isUnusableAfter(reply.message));
  if (isEnding || (!unusable && request.name !== 'close')) return;
  isEnding = true;
  // Nothing may be under way in DuckDB: ending the thread in the midst of a query aborts the process.
  if (isOfSession(request)) await queue;
  await sessions?.closeAll();
  if (unusable) database?.abandon();
  process.exit();
}

async function answer(request: Request): Promise<Calls[Request['name']]['answer']> {
  if (request.name === 'open') {
    const opened = await Database.open(request.args);
    database = opened;
    const { threads } = request.args;
    sessions = new SqlSessions(threads, () => opened.connect());
    return database.seriesRows();
  }
  if (!database || !sessions) throw new Error('the database is not open');
  if (isOfSession(request)) return answerSession(request, sessions);
  switch (request.name) {
    case 'write':
      return database.write(request.args);
    case 'judge':
      return database.judge(request.args).then(() => undefined);
    case 'rollUp':
      return database.rollUp(request.args).then(() => undefined);
    case 'rebuild':
      return database.rebuild(request.args).then(() => undefined);
    case 'latest':
      return database.latest();
    case 'read':
      return database.read(request.args);
    case 'readMany':
      return database.readMany(request.args);
    case 'forgetBefore':
      return database.forgetBefore(request.args).then(() => undefined);
    case 'ping':
      return database.ping().then(() => undefined);
    case 'close':
      await sessions.closeAll();
      return database.close().then(() => undefined);
  }
}

type SessionRequest = Extract<Request, { name: `sql${string}` }>;

function isOfSession(request: Request): request is SessionRequest {
  return request.name.startsWith('sql');
}

async function answerSession(
  request: SessionRequest,
  sessions: SqlSessions,
): Promise<Calls[SessionRequest['name']]['answer']> {
  switch (request.name) {
    case 'sqlOpen':
      return { session: await sessions.open() };
    case 'sqlRun':
      return sessions.run(request.args.session, request.args.statement);
    case 'sqlInterrupt':
      return sessions.interrupt(request.args.session) as undefined;
    case 'sqlClose':
      return sessions.close(request.args.session).then(() => undefined);
  }
}

/**
 * Whether the file must be opened anew. After a fatal error DuckDB answers nothing more. After a COMMIT that failed it
 * goes on, but what it holds in memory may not be what was confirmed: taking the commit back can cut rows off that
 * others committed, and leave columns of unequal length. The file and its log are right.
 */
function isUnusableAfter(message: string): boolean {
  return (
    message.startsWith('FATAL') ||
    message.includes('has been invalidated') ||
    message.includes('Failed to commit')
  );
}

/** The buffers of an answer, which the main thread gets without a copy. */
function transferable(reply: Reply): ArrayBuffer[] {
  if (!reply.ok || reply.answer === undefined) return [];
  return Object.values(reply.answer)
    .filter(ArrayBuffer.isView)
    .map((view) => view.buffer as ArrayBuffer);
}
