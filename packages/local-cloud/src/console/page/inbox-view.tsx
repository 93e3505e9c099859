import { DataTable } from './data-table.tsx';
import { useLoaded } from './live.ts';
import { Problem } from './problem.tsx';
import { request } from './request.ts';
import { replaceQuery } from './route.ts';
import { SearchField } from './search-field.tsx';
import { Time } from './time.tsx';
import type { ViewProps } from './view-props.ts';

/** An e-mail; the time is an ISO text. */
interface Mail {
  readonly messageId: string;
  readonly from: string;
  readonly to: readonly string[];
  readonly subject: string;
  readonly text?: string;
  readonly html?: string;
  readonly at: string;
}

/** E-mails that are shown. */
const newest = 200;

/** The newest e-mails that SES accepted. HTML is shown as text, because it is not ours. */
export function InboxView({ route, snapshot }: ViewProps) {
  const { search = '' } = route.query;
  const { data, error } = useLoaded(() => request<readonly Mail[]>(`inbox?limit=${newest}`), [], snapshot);
  const isWanted = (mail: Mail) => JSON.stringify(mail).toLowerCase().includes(search.trim().toLowerCase());
  return (
    <>
      <h1>Inbox</h1>
      <div class="filters">
        <SearchField
          label={`Address or text of the newest ${newest}`}
          value={search}
          onSearch={(text) => replaceQuery(route, { search: text })}
        />
      </div>
      <Problem text={error} />
      <DataTable
        label="E-mails"
        rows={data?.filter(isWanted).toReversed()}
        keyOf={({ messageId }) => messageId}
        columns={{
          Time: ({ at }) => <Time ms={Date.parse(at)} />,
          From: ({ from }) => from,
          To: ({ to }) => to.join(', '),
          Subject: ({ subject, text, html }) => (
            <details>
              <summary>{subject}</summary>
              <pre>{text ?? html}</pre>
            </details>
          ),
        }}
      />
    </>
  );
}
