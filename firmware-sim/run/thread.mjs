/**
 * First module of a thread of the simulator. Before Node 22 a thread does not inherit the TypeScript loader of
 * `node --import tsx`, and `execArgv` cannot give it one: it is registered here, then the worker loaded.
 */
if (!process.features.typescript) {
  const { register } = await import('tsx/esm/api');
  register();
}
await import('./worker.ts');
