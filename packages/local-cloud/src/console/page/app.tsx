import type { FunctionComponent } from 'preact';
import { useEffect } from 'preact/hooks';
import { ConnectionsView } from './connections-view.tsx';
import { ExecutionView } from './execution-view.tsx';
import { ExecutionsView } from './executions-view.tsx';
import { FaultsView } from './faults-view.tsx';
import { FunctionsView } from './functions-view.tsx';
import { InboxView } from './inbox-view.tsx';
import { type Snapshot, useSnapshot } from './live.ts';
import { QueuesView } from './queues-view.tsx';
import { linkTo, useRoute } from './route.ts';
import { SecretsView } from './secrets-view.tsx';
import { TablesView } from './tables-view.tsx';
import { UsageView } from './usage-view.tsx';
import type { ViewProps } from './view-props.ts';

interface View {
  readonly title: string;
  readonly service?: string;
  readonly Component: FunctionComponent<ViewProps>;
}

const views: Readonly<Record<string, View>> = {
  executions: { title: 'Executions', service: 'Step Functions', Component: ExecutionsView },
  functions: { title: 'Functions and logs', service: 'Lambda', Component: FunctionsView },
  tables: { title: 'Tables', service: 'DynamoDB', Component: TablesView },
  queues: { title: 'Queues', service: 'SQS', Component: QueuesView },
  connections: { title: 'WebSockets', service: 'API Gateway', Component: ConnectionsView },
  inbox: { title: 'Inbox', service: 'SES', Component: InboxView },
  secrets: { title: 'Secrets', service: 'Secrets Manager', Component: SecretsView },
  faults: { title: 'Faults', Component: FaultsView },
  usage: { title: 'Usage and price', Component: UsageView },
};

/** The console: navigation, and the view of the address bar. */
export function App() {
  const route = useRoute();
  const { snapshot, isOnline } = useSnapshot();
  const view = views[route.view];
  useEffect(focusSearchOnSlash, []);
  useEffect(() => {
    document.title = `${route.id?.split(':').at(-1) ?? view?.title ?? 'Not found'} · Local cloud`;
  }, [route.view, route.id]);
  const isExecution = route.view === 'executions' && route.id !== undefined;
  const Component = isExecution ? ExecutionView : view?.Component;

  return (
    <>
      <button type="button" class="skip" onClick={() => document.querySelector('main')?.focus()}>
        Skip to content
      </button>
      <header>
        <a class="brand" href={linkTo('executions')}>
          Local cloud
        </a>
        <nav aria-label="Services">
          {Object.entries(views).map(([name, { title, service }]) => (
            <a key={name} href={linkTo(name)} aria-current={name === route.view ? 'page' : undefined}>
              {title}
              <small>{badgeOf(name, snapshot) ?? service}</small>
            </a>
          ))}
          {snapshot?.views.map((name) => (
            <a key={name} href={`/_local/${name}`} target="_blank" rel="noopener">
              {name}
              <small>JSON, new tab</small>
            </a>
          ))}
        </nav>
        <p class="online" role="status">
          {isOnline ? 'Live' : 'Offline, reconnecting …'}
        </p>
      </header>
      <main id="main" tabIndex={-1}>
        {!Component && <p>There is no view {route.view}.</p>}
        {Component && snapshot && (
          <Component key={`${route.view}/${route.id}`} route={route} snapshot={snapshot} />
        )}
      </main>
    </>
  );
}

function badgeOf(view: string, snapshot: Snapshot | undefined): string | undefined {
  const active = snapshot?.faults.injected.length;
  if (view === 'faults') return active ? `${active} on` : 'none';
  if (view === 'connections' && snapshot) return `${snapshot.connections.length} open`;
  if (view === 'usage' && snapshot) return `$${snapshot.usage.totalUsd.toFixed(6)}`;
  return undefined;
}

/** `/` goes to the search of the view, or to that of the executions. */
function focusSearchOnSlash() {
  const search = () => document.querySelector<HTMLInputElement>('input[type=search]');
  const pressed = (event: KeyboardEvent) => {
    const isTyping = /^(INPUT|TEXTAREA|SELECT)$/.test((event.target as HTMLElement).tagName);
    if (event.key !== '/' || isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    const field = search();
    // At once, so that nothing is lost of what is typed next.
    if (field) return field.focus();
    location.hash = linkTo('executions');
    requestAnimationFrame(() => setTimeout(() => search()?.focus()));
  };
  addEventListener('keydown', pressed);
  return () => removeEventListener('keydown', pressed);
}
