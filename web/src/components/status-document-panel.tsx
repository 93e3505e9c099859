import type { StatusDocument } from '@accepted/client';
import { useState } from 'react';
import { texts } from '../texts.ts';

/** The status document as the API sends it, in each version that this page was told. */
export function StatusDocumentPanel({ versions }: { readonly versions: readonly StatusDocument[] }) {
  const [chosen, setChosen] = useState<number>();
  const shown = versions.find(({ version }) => version === chosen) ?? versions.at(-1);
  return (
    <section className="card document" aria-labelledby="document-heading">
      <h2 id="document-heading">{texts.document.heading}</h2>
      <fieldset className="versions" aria-label={texts.document.versions}>
        {versions.map(({ version }) => (
          <button
            key={version}
            type="button"
            className="version"
            aria-pressed={version === shown?.version}
            aria-label={texts.document.version(version)}
            onClick={() => setChosen(version)}
          >
            {version}
          </button>
        ))}
      </fieldset>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <section className="source" tabIndex={0} aria-label={texts.document.text(shown?.version)}>
        <pre>{shown ? JSON.stringify(shown, withoutTicket, 2) : texts.document.none}</pre>
      </section>
    </section>
  );
}

/** The ticket is a secret, and screens are shared. */
const withoutTicket = (_: string, value: unknown): unknown =>
  typeof value === 'string' ? value.replace(/(ticket=)[^&]+/, '$1…') : value;
