import { createRequire } from 'node:module';

/**
 * First module of the store's thread. Before Node 22 a thread does not inherit the TypeScript loader of
 * the platform, and `execArgv` cannot give it one: it is registered here, then the worker loaded. By `require`,
 * as loading by `import` would start one more thread: a third of the time and 28 MB.
 */
if (process.features.typescript) {
  await import('./worker.ts');
} else {
  const { register } = await import('tsx/cjs/api');
  register();
  createRequire(import.meta.url)('./worker.ts');
}
