import { useSyncExternalStore } from 'react';
import type { LocalCloud } from '../local-cloud.ts';
import type { Meter } from '../meter.ts';
import type { Session } from '../session.ts';
import { texts } from '../texts.ts';
import { OrderPage } from './order-page.tsx';
import { SignInCard } from './sign-in-card.tsx';

/** The page: a header, and the order of whoever is signed in. */
export function App(props: {
  /** Absolute base URL of the API. */
  readonly api: string;
  readonly session: Session;
  readonly local: LocalCloud | undefined;
  readonly meter: Meter;
}) {
  const { session } = props;
  const state = useSyncExternalStore(session.subscribe, session.state);
  const { signIn } = session;

  return (
    <>
      <header className="top">
        <a className="brand" href="/">
          <img src="/icon.svg" alt="" width="28" height="28" />
          {texts.name}
        </a>
        <p className="tagline">{texts.tagline}</p>
        {signIn && state === 'signed-in' && (
          <button type="button" className="quiet" onClick={() => location.assign(signIn.end())}>
            {texts.session.signOut}
          </button>
        )}
      </header>
      <main>
        {state === 'signed-in' ? <OrderPage {...props} /> : <SignInCard state={state} session={session} />}
      </main>
    </>
  );
}
