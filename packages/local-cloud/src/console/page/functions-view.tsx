import { DataTable } from './data-table.tsx';
import { JsonText } from './json-text.tsx';
import { useLoaded } from './live.ts';
import { Problem } from './problem.tsx';
import { aws, awsAll } from './request.ts';
import { linkTo, replaceQuery } from './route.ts';
import { SearchField } from './search-field.tsx';
import { SelectField } from './select-field.tsx';
import { Time } from './time.tsx';
import type { ViewProps } from './view-props.ts';

/** What ListFunctions tells of one, as far as it is shown. */
interface FunctionConfiguration {
  readonly FunctionName: string;
  readonly MemorySize: number;
  readonly Timeout: number;
  readonly LoggingConfig: { readonly LogGroup: string };
}

/** An event of a log group. The time is in milliseconds. */
interface LogEvent {
  readonly eventId: string;
  readonly timestamp: number;
  readonly message: string;
}

type Line = LogEvent & Pick<FunctionConfiguration, 'FunctionName'>;

/** Lines that are drawn; the filter finds older ones. */
const mostLines = 300;
const ranges = [
  ['Last 5 minutes', '5'],
  ['Last hour', '60'],
  ['All', 'all'],
] as const;

/** Functions, and the lines of one or all of them. */
export function FunctionsView({ route, snapshot }: ViewProps) {
  const { function: chosen = '', search = '', minutes = search === '' ? '5' : 'all' } = route.query;
  const { data, error } = useLoaded(
    () => aws<{ Functions: readonly FunctionConfiguration[] }>('lambda', 'ListFunctions'),
    [],
  );
  const wanted = data?.Functions.filter(({ FunctionName }) => chosen === '' || FunctionName === chosen) ?? [];
  const since = minutes === 'all' ? undefined : Number(minutes) * 60_000;
  const logs = useLoaded(
    () => linesOf(wanted, search, since),
    [chosen, search, minutes, wanted.length],
    snapshot,
  );
  const lines = logs.data ?? [];

  return (
    <>
      <h1>Functions and logs</h1>
      <div class="filters">
        <SearchField
          label="Lines with a name or text"
          value={search}
          onSearch={(text) => replaceQuery(route, { search: text })}
        />
        <SelectField
          label="Function"
          value={chosen}
          onSelect={(value) => replaceQuery(route, { function: value })}
          options={[
            ['All', ''],
            ...(data?.Functions.map(({ FunctionName: name }) => [name, name] as const) ?? []),
          ]}
        />
        <SelectField
          label="Time"
          value={minutes}
          options={ranges}
          onSelect={(value) => replaceQuery(route, { minutes: value })}
        />
      </div>
      <Problem text={error ?? logs.error} />
      <h2>Log events</h2>
      <p class="note">
        {lines.length > mostLines ? `The newest ${mostLines} of ${lines.length}` : lines.length} lines
      </p>
      <ol class="log">
        {lines
          .slice(-mostLines)
          .toReversed()
          .map((line) => (
            <LogLine key={`${line.FunctionName}/${line.eventId}`} line={line} />
          ))}
      </ol>
      <h2>Functions</h2>
      <DataTable
        label="Functions"
        rows={data?.Functions}
        keyOf={({ FunctionName }) => FunctionName}
        columns={{
          Name: ({ FunctionName: name }) => (
            <a href={linkTo('functions', undefined, { function: name })}>{name}</a>
          ),
          Memory: ({ MemorySize }) => `${MemorySize} MB`,
          Timeout: ({ Timeout }) => `${Timeout} s`,
          'Log group': ({ LoggingConfig: { LogGroup } }) => LogGroup,
        }}
      />
    </>
  );
}

function LogLine({ line: { timestamp, FunctionName, message } }: { readonly line: Line }) {
  const { level = /\b(ERROR|WARN)\b/.exec(message)?.[1] ?? '', text } = summaryOf(message);
  return (
    <li class={level.toLowerCase()}>
      <details>
        <summary>
          <Time ms={timestamp} /> <b>{FunctionName}</b> {level} {text}
        </summary>
        <JsonText text={message} />
      </details>
    </li>
  );
}

/** The message of a structured line; of another one all. */
function summaryOf(line: string): { readonly level?: string; readonly text: string } {
  try {
    const { level, message, type } = JSON.parse(line);
    const text = message ?? type;
    if (typeof text === 'string') return { ...(typeof level === 'string' && { level }), text };
  } catch {}
  return { text: line };
}

/** Lines of functions with a text in them, the oldest first. A function that never ran has no log group. */
async function linesOf(functions: readonly FunctionConfiguration[], search: string, since?: number) {
  const filterPattern = search.trim() === '' ? '' : JSON.stringify(search.trim());
  const startTime = since === undefined ? 0 : Date.now() - since;
  const groups = await awsAll<{ logGroupName: string }>('logs', 'DescribeLogGroups', 'logGroups', {});
  const known = new Set(groups.map(({ logGroupName }) => logGroupName));
  const lines = functions
    .filter(({ LoggingConfig: { LogGroup } }) => known.has(LogGroup))
    .map(async ({ FunctionName, LoggingConfig: { LogGroup: logGroupName } }): Promise<Line[]> => {
      const input = { logGroupName, filterPattern, startTime };
      const events = await awsAll<LogEvent>('logs', 'FilterLogEvents', 'events', input);
      return events.map((event) => ({ ...event, FunctionName }));
    });
  return (await Promise.all(lines)).flat().sort((one, other) => one.timestamp - other.timestamp);
}
