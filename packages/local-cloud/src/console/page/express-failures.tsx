import { DataTable } from './data-table.tsx';
import { useLoaded } from './live.ts';
import { Problem } from './problem.tsx';
import { aws, awsAll } from './request.ts';
import { linkTo } from './route.ts';
import { Time } from './time.tsx';
import type { ViewProps } from './view-props.ts';

/** What DescribeStateMachine tells of where executions are logged. */
interface Logged {
  readonly loggingConfiguration?: {
    readonly destinations?: readonly {
      readonly cloudWatchLogsLogGroup: { readonly logGroupArn: string };
    }[];
  };
}

/** An event of an Express execution, as its log has it. */
interface LoggedEvent {
  readonly id: string;
  readonly type: string;
  readonly details: Readonly<Record<string, string>>;
  readonly execution_arn: string;
  /** In milliseconds. */
  readonly event_timestamp: string;
}

interface ExpressFailuresProps extends Pick<ViewProps, 'snapshot'> {
  readonly machines: readonly { readonly name: string; readonly stateMachineArn: string }[];
}

/** What Express executions logged, the newest first. Step Functions neither lists them nor keeps their histories. */
export function ExpressFailures({ machines, snapshot }: ExpressFailuresProps) {
  const arns = machines.map(({ stateMachineArn }) => stateMachineArn);
  const { data, error } = useLoaded(
    async () => (await Promise.all(arns.map(eventsOf))).flat().sort(newestFirst),
    arns,
    snapshot,
  );
  return (
    <>
      <h2>Express executions</h2>
      <p class="note">
        Executions of {machines.map(({ name }) => name).join(', ')} are not listed. This is their log.
      </p>
      <Problem text={error} />
      <DataTable
        label="Log of Express executions"
        rows={data}
        keyOf={({ execution_arn, id }) => `${execution_arn} ${id}`}
        columns={{
          Execution: ({ execution_arn }) => {
            const name = execution_arn.split(':').at(-2) ?? '';
            return <a href={linkTo('executions', undefined, { search: name })}>{name}</a>;
          },
          Time: ({ event_timestamp }) => <Time ms={Number(event_timestamp)} />,
          Event: ({ type }) => type,
          Error: ({ details }) => details.error,
        }}
      />
    </>
  );
}

async function eventsOf(stateMachineArn: string): Promise<LoggedEvent[]> {
  const { loggingConfiguration } = await aws<Logged>('states', 'DescribeStateMachine', { stateMachineArn });
  const { logGroupArn = '' } = loggingConfiguration?.destinations?.[0]?.cloudWatchLogsLogGroup ?? {};
  const logGroupName = /:log-group:(.+?)(?::\*)?$/.exec(logGroupArn)?.[1];
  if (logGroupName === undefined) return [];
  const events = await awsAll<{ message: string }>('logs', 'FilterLogEvents', 'events', { logGroupName });
  return events.map(({ message }) => JSON.parse(message) as LoggedEvent);
}

const newestFirst = (one: LoggedEvent, other: LoggedEvent): number =>
  Number(other.event_timestamp) - Number(one.event_timestamp);
