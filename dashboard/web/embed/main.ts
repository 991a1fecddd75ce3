import '../styles/tokens.css';
import './embed.css';
import { mount } from 'svelte';
import { parseTile } from './request.ts';
import Tile from './Tile.svelte';

/** The tile's composition root. It knows no session: it asks without credentials, for what is public. */
const target = document.getElementById('tile');
const request = parseTile(location, navigator.languages);
const dark = matchMedia('(prefers-color-scheme: dark)').matches;
document.documentElement.lang = request.language;
document.documentElement.dataset.theme = request.theme ?? (dark ? 'dark' : 'light');
if (target) mount(Tile, { target, props: { request, clock: Date.now } });
