import { createHash } from 'node:crypto';
import type { Plugin } from 'vite';

/** Tells the service worker which files the build has, and gives it a version that changes with any of them. */
export function shellFiles(): Plugin {
  return {
    name: 'shell-files',
    generateBundle: {
      // The page's files are complete only after all others have had their turn.
      order: 'post',
      handler(_options, bundle) {
        const worker = bundle['sw.js'];
        if (worker?.type !== 'chunk') return;
        const files = Object.keys(bundle)
          .filter((name) => name.startsWith('assets/'))
          .sort()
          .map((name) => `/${name}`);
        const version = createHash('sha256').update(files.join()).digest('hex').slice(0, 12);
        worker.code =
          `const shellFiles=${JSON.stringify(files)},shellVersion=${JSON.stringify(version)};` +
          worker.code;
      },
    },
  };
}
