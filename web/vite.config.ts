import { defineConfig } from 'vite';

// A page is built for browsers also where NODE_ENV says `test`: JSX for development would call what React then lacks.
Object.assign(process.env, { NODE_ENV: 'production' });

export default defineConfig({
  // The client as it is in this repository, not as it was last built.
  resolve: { conditions: ['accepted-source', 'module', 'browser', 'production'] },
  build: {
    // No script or style as a data URL: the Content-Security-Policy refuses them.
    assetsInlineLimit: 0,
    modulePreload: false,
    reportCompressedSize: false,
  },
  clearScreen: false,
  logLevel: 'warn',
});
