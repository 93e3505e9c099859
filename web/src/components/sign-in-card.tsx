import type { Session, SessionState } from '../session.ts';
import { texts } from '../texts.ts';
import { Icon } from './icon.tsx';

/** What is shown in place of orders to somebody who is not signed in, or is not any more. */
export function SignInCard({ state, session }: { readonly state: SessionState; readonly session: Session }) {
  const { signIn } = session;
  const begin = async () => location.assign((await signIn?.begin()) ?? '/');
  return (
    <section className="card sign-in" aria-labelledby="sign-in-heading">
      <h1 id="sign-in-heading">{texts.session.signIn}</h1>
      {state === 'expired' ? (
        <p role="alert">
          <Icon name="alert" /> {texts.session.expired}
        </p>
      ) : (
        <p>{texts.session.signedOut}</p>
      )}
      <button type="button" className="primary" onClick={begin}>
        {texts.session.signIn}
      </button>
    </section>
  );
}
