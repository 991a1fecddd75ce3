import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';
import { shellFiles } from './shell-files.ts';

/** Builds `dashboard/web` into `dashboard/web/dist`; the API serves it under its strict CSP. */
export default defineConfig({
  root: new URL('./web', import.meta.url).pathname,
  base: '/',
  plugins: [svelte({ configFile: false }), shellFiles()],
  // The ES module of Leaflet: its package names only the CommonJS build.
  resolve: { alias: [{ find: /^leaflet$/, replacement: 'leaflet/dist/leaflet-src.esm.js' }] },
  server: { proxy: { '/api': 'http://127.0.0.1:8080' } },
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    rollupOptions: {
      input: {
        index: new URL('./web/index.html', import.meta.url).pathname,
        embed: new URL('./web/embed.html', import.meta.url).pathname,
        sw: new URL('./web/worker/sw.ts', import.meta.url).pathname,
      },
      // A worker answers for what lies below its own path, and is looked for under one name.
      output: {
        entryFileNames: ({ name }) => (name === 'sw' ? 'sw.js' : 'assets/[name]-[hash].js'),
      },
    },
    target: ['chrome111', 'firefox114', 'safari16.4'],
    // Nothing becomes a data: URL, nor an inline polyfill: the CSP allows neither scripts nor styles inline.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    chunkSizeWarningLimit: 300,
  },
});
