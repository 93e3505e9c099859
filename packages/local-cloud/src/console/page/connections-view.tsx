import { useState } from 'preact/hooks';
import { DataTable } from './data-table.tsx';
import { Problem } from './problem.tsx';
import { aws } from './request.ts';
import { Time } from './time.tsx';
import type { ViewProps } from './view-props.ts';

/** Open WebSockets. */
export function ConnectionsView({ snapshot: { connections } }: ViewProps) {
  const [problem, setProblem] = useState<string>();
  const disconnect = (Stage: string, ConnectionId: string) =>
    aws('execute-api', 'DeleteConnection', { Stage, ConnectionId, Data: '' }).then(
      () => setProblem(undefined),
      ({ message }: Error) => setProblem(message),
    );
  return (
    <>
      <h1>WebSockets</h1>
      <Problem text={problem} />
      <DataTable
        label="WebSockets"
        rows={connections}
        keyOf={({ connectionId }) => connectionId}
        columns={{
          'Connection ID': ({ connectionId }) => connectionId,
          Stage: ({ stage }) => stage,
          Connected: ({ connectedAt }) => <Time ms={connectedAt} />,
          'Source IP': ({ sourceIp }) => sourceIp,
          'User agent': ({ userAgent }) => userAgent,
          Action: ({ stage, connectionId }) => (
            <button type="button" onClick={() => disconnect(stage, connectionId)}>
              Disconnect
            </button>
          ),
        }}
      />
    </>
  );
}
