/**
 * First module of the store's thread. Before Node 22 a thread does not inherit the TypeScript loader of
 * `node --import tsx`, and `execArgv` cannot give it one: it is registered here, then the worker loaded.
 * A Node that reads TypeScript by itself is spared the loader's 28 MB.
 */
if (!process.features.typescript) {
  const { register } = await import('tsx/esm/api');
  register();
}
await import('./worker.ts');
