import { createOrdersClient } from '@accepted/client';
import { OrdersProvider } from '@accepted/client/react';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './components/app.tsx';
import { createLocalCloud } from './local-cloud.ts';
import { createMeter } from './meter.ts';
import { loadPageConfig } from './page-config.ts';
import { createSignIn } from './sign-in.ts';
import { texts } from './texts.ts';
import './styles/page.css';
import './styles/order.css';
import './styles/panels.css';

const root = document.getElementById('root') as HTMLElement;
const fetch: typeof globalThis.fetch = (...request) => globalThis.fetch(...request);

async function start(): Promise<void> {
  const config = await loadPageConfig(fetch);
  const meter = createMeter(globalThis);
  const local = config.local && createLocalCloud(fetch);
  const here = `${location.origin}/`;
  const signIn =
    config.signIn &&
    createSignIn(config.signIn, {
      ...{ fetch, crypto, storage: sessionStorage, redirectUri: here },
      now: () => Date.now(),
    });
  if (await signIn?.finish(location.href)) history.replaceState(null, '', '/');
  const session = local?.session ?? signIn;
  if (!session) throw new Error('/config.json must have `signIn`, or `local` on the local cloud.');
  const client = createOrdersClient({
    baseUrl: config.baseUrl,
    token: session.token,
    fetch: meter.fetch,
    WebSocket: meter.WebSocket,
  });
  createRoot(root).render(
    <StrictMode>
      <OrdersProvider client={client}>
        <App api={new URL(config.baseUrl, here).href} session={session} local={local} meter={meter} />
      </OrdersProvider>
    </StrictMode>,
  );
}

start().catch((error: Error) => {
  root.textContent = `${texts.broken} ${error.message}`;
});
