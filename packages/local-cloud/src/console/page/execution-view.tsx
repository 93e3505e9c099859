import { useMemo, useState } from 'preact/hooks';
import { EventHistory } from './event-history.tsx';
import { executionPath, type HistoryEvent, retriesOf } from './execution-path.ts';
import { JsonText } from './json-text.tsx';
import { useLoaded } from './live.ts';
import { Problem } from './problem.tsx';
import { aws, awsAll } from './request.ts';
import { linkTo } from './route.ts';
import { StateGraph } from './state-graph.tsx';
import { allStates, type Flow } from './state-machine.ts';
import { StatusBadge } from './status-badge.tsx';
import { durationText, Time } from './time.tsx';
import type { ViewProps } from './view-props.ts';

/** What DescribeExecution tells. Dates are in seconds. */
interface Execution {
  readonly executionArn: string;
  readonly stateMachineArn: string;
  readonly name: string;
  readonly status: string;
  readonly startDate: number;
  readonly stopDate?: number;
  readonly redriveCount: number;
  readonly redriveStatus: string;
  readonly input?: string;
  readonly output?: string;
  readonly error?: string;
  readonly cause?: string;
}

/** One execution: why it failed, its graph, its states and its history. */
export function ExecutionView({ route, snapshot }: ViewProps) {
  const executionArn = route.id ?? '';
  const loaded = useLoaded(
    async () => {
      const [execution, events] = await Promise.all([
        aws<Execution>('states', 'DescribeExecution', { executionArn }),
        awsAll<HistoryEvent>('states', 'GetExecutionHistory', 'events', { executionArn, maxResults: 1000 }),
      ]);
      return { execution, events };
    },
    [executionArn],
    snapshot,
  );
  const machine = useLoaded(
    () => aws<{ definition: string }>('states', 'DescribeStateMachineForExecution', { executionArn }),
    [executionArn],
  );
  const [problem, setProblem] = useState<string>();
  const [selected, select] = useState<string>();

  const definition = useMemo(
    () => machine.data && (JSON.parse(machine.data.definition) as Flow),
    [machine.data],
  );
  const path = useMemo(
    () => definition && executionPath(definition, loaded.data?.events ?? []),
    [definition, loaded.data],
  );
  if (!loaded.data || !definition || !path) return <Problem text={loaded.error ?? machine.error} />;
  const { execution, events } = loaded.data;
  const { status, startDate, stopDate, redriveCount } = execution;
  const run = selected === undefined ? undefined : path.states.get(selected);

  async function perform(operation: string) {
    setProblem(undefined);
    await aws('states', operation, { executionArn }).catch(({ message }: Error) => setProblem(message));
    loaded.reload();
  }

  return (
    <>
      <p class="crumbs">
        <a href={linkTo('executions')}>Executions</a> › {execution.stateMachineArn.split(':').at(-1)}
      </p>
      <div class="title">
        <h1>{execution.name}</h1>
        <span role="status">
          <StatusBadge status={status} />
        </span>
        <div class="actions">
          <button type="button" disabled={status !== 'RUNNING'} onClick={() => perform('StopExecution')}>
            Stop execution
          </button>
          <button
            type="button"
            disabled={execution.redriveStatus !== 'REDRIVABLE'}
            onClick={() => perform('RedriveExecution')}
          >
            Redrive
          </button>
          <a class="button" href={linkTo('functions', undefined, { search: execution.name })}>
            Logs
          </a>
        </div>
      </div>
      <Problem text={problem ?? loaded.error} />
      <p class="note">
        Started <Time ms={startDate * 1000} />
        {stopDate && `, took ${durationText((stopDate - startDate) * 1000)}`}
        {redriveCount > 0 && `, redriven ${redriveCount} ×`}
      </p>
      {execution.error !== undefined && (
        <section class="failure" aria-label="Error">
          <h2>{execution.error}</h2>
          <JsonText title="Cause" text={execution.cause} />
        </section>
      )}
      <div class="columns">
        <section>
          <h2>Graph view</h2>
          <StateGraph
            machine={definition}
            path={path}
            isSucceeded={status === 'SUCCEEDED'}
            selected={selected}
            onSelect={select}
          />
        </section>
        <section>
          <h2>{selected ?? 'Execution input and output'}</h2>
          {selected === undefined ? (
            <>
              <JsonText title="Input" text={execution.input} />
              <JsonText title="Output" text={execution.output} />
            </>
          ) : (
            <>
              <p class="note">
                {run ? `${run.status}, entered ${run.visits} ×, ${retriesOf(run)} retries` : 'Not entered'}{' '}
                <button type="button" onClick={() => select(undefined)}>
                  Show execution
                </button>
              </p>
              <JsonText title="Input" text={run?.input} />
              <JsonText title="Output" text={run?.output} />
              {run?.error && (
                <p>
                  <strong>{run.error}</strong>
                </p>
              )}
              <JsonText title="Cause" text={run?.cause} />
              <JsonText title="Definition" text={JSON.stringify(allStates(definition).get(selected))} />
            </>
          )}
        </section>
      </div>
      <h2>Events</h2>
      <EventHistory events={events} path={path} selected={selected} />
    </>
  );
}
