import { DataTable } from './data-table.tsx';
import { ExpressFailures } from './express-failures.tsx';
import { useLoaded } from './live.ts';
import { Pager, usePages } from './pager.tsx';
import { Problem } from './problem.tsx';
import { aws, request } from './request.ts';
import { linkTo, replaceQuery } from './route.ts';
import { SearchField } from './search-field.tsx';
import { SelectField } from './select-field.tsx';
import { StatusBadge } from './status-badge.tsx';
import { durationText, Time } from './time.tsx';
import type { ViewProps } from './view-props.ts';

/** What ListStateMachines tells of one. */
interface StateMachine {
  readonly stateMachineArn: string;
  readonly name: string;
  readonly type: string;
}

/** What ListExecutions tells of one. Dates are in seconds. */
interface Summary {
  readonly executionArn: string;
  readonly stateMachineArn: string;
  readonly name: string;
  readonly status: string;
  readonly startDate: number;
  readonly stopDate?: number;
  readonly redriveCount: number;
}

const statuses = ['RUNNING', 'SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED'];

/** Executions of all state machines, the newest first. */
export function ExecutionsView({ route, snapshot }: ViewProps) {
  const { machine = '', status = '', search = '' } = route.query;
  const pages = usePages<string>(JSON.stringify([machine, status, search]));
  const loadMachines = () => aws<{ stateMachines: readonly StateMachine[] }>('states', 'ListStateMachines');
  const machines = useLoaded(loadMachines, []).data?.stateMachines ?? [];
  const [express, standard] = ['EXPRESS', 'STANDARD'].map((type) =>
    machines.filter((each) => each.type === type),
  );
  const query = new URLSearchParams({
    ...{ stateMachineArn: machine, statusFilter: status, search },
    nextToken: pages.start ?? '',
  });
  const { data, error } = useLoaded(
    () => request<{ executions: readonly Summary[]; nextToken?: string }>(`executions?${query}`),
    [`${query}`],
    snapshot,
  );

  function openFirst(typed: string) {
    const first = data?.executions.find(({ name }) =>
      name.toLowerCase().includes(typed.trim().toLowerCase()),
    );
    if (first) location.hash = linkTo('executions', first.executionArn);
  }

  const machineColumn = {
    'State machine': ({ stateMachineArn }: Summary) => stateMachineArn.split(':').at(-1),
  };
  return (
    <>
      <h1>Executions</h1>
      <div class="filters">
        <SearchField
          label="Name"
          value={search}
          onSearch={(text) => replaceQuery(route, { search: text })}
          onEnter={openFirst}
        />
        <SelectField
          label="State machine"
          value={machine}
          onSelect={(value) => replaceQuery(route, { machine: value })}
          options={[
            ['All', ''],
            ...(standard?.map(({ name, stateMachineArn }) => [name, stateMachineArn] as const) ?? []),
          ]}
        />
        <SelectField
          label="Status"
          value={status}
          onSelect={(value) => replaceQuery(route, { status: value })}
          options={[['All', ''], ...statuses.map((each) => [each, each] as const)]}
        />
      </div>
      <Problem text={error} />
      <DataTable
        label="Executions"
        rows={data?.executions}
        keyOf={({ executionArn }) => executionArn}
        columns={{
          Name: ({ executionArn, name }) => <a href={linkTo('executions', executionArn)}>{name}</a>,
          Status: (execution) => <StatusBadge status={execution.status} />,
          ...(machines.length > 1 && machineColumn),
          Started: ({ startDate }) => <Time ms={startDate * 1000} />,
          Duration: ({ startDate, stopDate }) =>
            stopDate ? durationText((stopDate - startDate) * 1000) : '…',
          Redrives: ({ redriveCount }) => redriveCount || '',
        }}
      />
      <Pager pages={pages} next={data?.nextToken} />
      {express && express.length > 0 && <ExpressFailures machines={express} snapshot={snapshot} />}
    </>
  );
}
