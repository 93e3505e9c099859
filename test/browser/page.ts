/** What tests find in a page as `accepted`. */
export { createElement, StrictMode, useState } from 'react';
export { createRoot, hydrateRoot } from 'react-dom/client';
export * from '../../packages/client/src/index.ts';
export * from '../../packages/client/src/react/index.ts';
