import { defineConfig } from 'vite';

export default defineConfig({
  // The client as it is in this repository, not as it was last built.
  resolve: { conditions: ['accepted-source', 'module', 'browser', 'production'] },
  // Whatever the environment of the process says.
  define: { 'process.env.NODE_ENV': '"production"' },
  build: {
    // No script or style as a data URL: the Content-Security-Policy refuses them.
    assetsInlineLimit: 0,
    modulePreload: false,
    reportCompressedSize: false,
  },
  clearScreen: false,
  logLevel: 'warn',
});
