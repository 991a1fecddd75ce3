/** First module of the thread that makes spreadsheets; see the thread of the embedded store. */
if (!process.features.typescript) {
  const { register } = await import('tsx/esm/api');
  register();
}
await import('./worker.ts');
