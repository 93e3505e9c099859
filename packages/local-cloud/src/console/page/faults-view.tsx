import { useState } from 'preact/hooks';
import { DataTable } from './data-table.tsx';
import { Problem } from './problem.tsx';
import { type JsonObject, post, request } from './request.ts';
import type { ViewProps } from './view-props.ts';

/** Faults of the account as switches; more with a target of one's own. */
const switches: readonly {
  readonly title: string;
  readonly fault: JsonObject & Readonly<Record<'target' | 'effect', string>>;
}[] = [
  { title: 'Streams repeat each record', fault: { target: 'stream', effect: 'duplicate' } },
  { title: 'Streams are 5 s late', fault: { target: 'stream', effect: 'delay', ms: 5000 } },
  { title: 'Events are lost', fault: { target: 'events', effect: 'drop' } },
  { title: 'WebSockets break', fault: { target: 'socket', effect: 'drop' } },
  {
    title: 'DynamoDB throttles every third update',
    fault: { target: 'dynamodb:UpdateItem', effect: 'throttle', probability: 0.33 },
  },
  {
    title: 'Answers to updates are lost, one in ten',
    fault: { target: 'dynamodb:UpdateItem', effect: 'lost-answer', probability: 0.1 },
  },
  { title: 'E-mails are refused', fault: { target: 'ses:SendEmail', effect: 'error' } },
];

const effects = [
  'error',
  'throttle',
  'crash-before',
  'crash-after',
  'hang',
  'lost-answer',
  'slow',
  'duplicate',
  'delay',
  'drop',
];

/** Faults: switches for common ones, a form for any, and how often each has struck. */
export function FaultsView({ snapshot: { faults } }: ViewProps) {
  const [problem, setProblem] = useState<string>();
  const change = (path: string, init: RequestInit) =>
    request(path, init).then(
      () => setProblem(undefined),
      ({ message }: Error) => setProblem(message),
    );
  const add = (fault: JsonObject) => change('faults', post(fault));
  const remove = (id: string) => change(`faults?id=${encodeURIComponent(id)}`, { method: 'DELETE' });

  function submit(event: SubmitEvent) {
    event.preventDefault();
    const given = Object.entries(Object.fromEntries(new FormData(event.currentTarget as HTMLFormElement)));
    const isNumber = (name: string) => ['times', 'probability', 'ms'].includes(name);
    const present = given.filter(([, value]) => value !== '');
    void add(
      Object.fromEntries(present.map(([name, value]) => [name, isNumber(name) ? Number(value) : value])),
    );
  }

  return (
    <>
      <h1>Faults</h1>
      <Problem text={problem} />
      <ul class="switches">
        {switches.map(({ title, fault }) => {
          const on = faults.injected.find(
            ({ target, effect }) => target === fault.target && effect === fault.effect,
          );
          return (
            <li key={title}>
              <button
                type="button"
                role="switch"
                aria-checked={on !== undefined}
                onClick={() => (on ? remove(on.id) : add(fault))}
              >
                {title}
              </button>
            </li>
          );
        })}
      </ul>
      <h2>Another fault</h2>
      <form class="filters" onSubmit={submit}>
        <label>
          Target
          <input name="target" required placeholder="lambda:… or service:Operation" />
        </label>
        <label>
          Effect
          <select name="effect">
            {effects.map((effect) => (
              <option key={effect}>{effect}</option>
            ))}
          </select>
        </label>
        <label>
          Times
          <input name="times" type="number" min="1" placeholder="always" />
        </label>
        <label>
          Probability
          <input name="probability" type="number" min="0" max="1" step="any" placeholder="1" />
        </label>
        <label>
          Milliseconds
          <input name="ms" type="number" min="0" />
        </label>
        <button type="submit">Inject</button>
      </form>
      <h2>Injected</h2>
      <DataTable
        label="Injected faults"
        rows={faults.injected}
        keyOf={({ id }) => id}
        columns={{
          Target: ({ target }) => target,
          Effect: ({ effect }) => effect,
          'Times left': ({ times }) => times ?? 'always',
          Probability: ({ probability }) => probability ?? 1,
          Milliseconds: ({ ms }) => ms,
          Action: ({ id }) => (
            <button type="button" onClick={() => remove(id)}>
              Remove
            </button>
          ),
        }}
      />
      {faults.injected.length > 0 && (
        <button type="button" onClick={() => change('faults', { method: 'DELETE' })}>
          Remove all
        </button>
      )}
      <h2>Struck since the start</h2>
      <DataTable
        label="Faults that struck"
        rows={Object.entries(faults.struck)}
        keyOf={([fault]) => fault}
        columns={{ Fault: ([fault]) => fault, Times: ([, times]) => times }}
      />
    </>
  );
}
