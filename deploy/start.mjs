import { loadTypeScript } from './typescript.mjs';

/** `npm start`: what `node` is given; see `start.ts`. */
await loadTypeScript('./start.ts');
