import { useEffect, useState } from 'preact/hooks';

/** Where in the console: `#/executions/<arn>?search=…`. */
export interface Route {
  readonly view: string;
  /** What the view is about, for example an ARN. */
  readonly id: string | undefined;
  readonly query: Readonly<Record<string, string>>;
}

export const firstView = 'executions';

export function parseRoute(hash: string): Route {
  const [path = '', search = ''] = hash.replace(/^#\/?/, '').split('?');
  const [view, id] = path.split('/');
  const query = Object.fromEntries(new URLSearchParams(search));
  return { view: view || firstView, id: id ? decodeURIComponent(id) : undefined, query };
}

/** The address of a view; members without text are left out. */
export function linkTo(view: string, id?: string, query: Readonly<Record<string, string>> = {}): string {
  const given = new URLSearchParams(Object.entries(query).filter(([, value]) => value !== ''));
  const search = given.size > 0 ? `?${given}` : '';
  return `#/${view}${id === undefined ? '' : `/${encodeURIComponent(id)}`}${search}`;
}

/** The route of the address bar. */
export function useRoute(): Route {
  const [hash, setHash] = useState(location.hash);
  useEffect(() => {
    const changed = () => setHash(location.hash);
    addEventListener('hashchange', changed);
    return () => removeEventListener('hashchange', changed);
  }, []);
  return parseRoute(hash);
}

/** Changes the query in the address bar without a new entry of the history. */
export function replaceQuery({ view, id, query }: Route, change: Readonly<Record<string, string>>): void {
  location.replace(linkTo(view, id, { ...query, ...change }));
}
