import { DataTable } from './data-table.tsx';
import { useLoaded } from './live.ts';
import { Problem } from './problem.tsx';
import { aws } from './request.ts';
import type { ViewProps } from './view-props.ts';

/** What ListSecrets tells of one, as far as it is shown. */
interface Secret {
  readonly ARN: string;
  readonly Name: string;
  readonly Description?: string;
}

/** The names of secrets, never their values. */
export function SecretsView({ snapshot }: ViewProps) {
  const load = () => aws<{ SecretList: readonly Secret[] }>('secretsmanager', 'ListSecrets');
  const { data, error } = useLoaded(load, [], snapshot);
  return (
    <>
      <h1>Secrets</h1>
      <Problem text={error} />
      <DataTable
        label="Secrets"
        rows={data?.SecretList}
        keyOf={({ ARN }) => ARN}
        columns={{
          Name: ({ Name }) => Name,
          Description: ({ Description }) => Description,
          ARN: ({ ARN }) => ARN,
        }}
      />
    </>
  );
}
