import { createRequire } from 'node:module';

/**
 * Loads a TypeScript module of this folder and all that it imports. Where Node does not read TypeScript by itself, by
 * `require`: loading by `import` would take one more thread, a third of the time to start and 40 MB. What is loaded only
 * when it is needed is then to be required, too; see `open-store.ts`.
 */
export async function loadTypeScript(file) {
  if (process.features.typescript) {
    await import(file);
    return;
  }
  const { register } = await import('tsx/cjs/api');
  register();
  createRequire(import.meta.url)(file);
}
