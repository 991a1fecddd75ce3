import { loadTypeScript } from './typescript.mjs';

/** `npm run demo`: what `node` is given; see `demo.ts`. */
await loadTypeScript('./demo.ts');
