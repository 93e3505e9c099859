import { integrationFor, knownIntegrations } from './task-integrations.ts';

/** A state, or anything else in the Amazon States Language. */
// biome-ignore lint/suspicious/noExplicitAny: untyped JSON that is validated at deploy
export type State = Readonly<Record<string, any>>;

const transitions = ['Next', 'End'];
const results = ['ResultSelector', 'ResultPath', 'Retry', 'Catch', ...transitions];
/** Fields understood in each type of state, besides those that all have. */
const fields: Readonly<Record<string, readonly string[]>> = {
  Task: ['Resource', 'Parameters', 'TimeoutSeconds', ...results],
  Parallel: ['Branches', 'Parameters', ...results],
  Map: [
    'ItemProcessor',
    'Iterator',
    'Parameters',
    'ItemSelector',
    'ItemsPath',
    'MaxConcurrency',
    'MaxConcurrencyPath',
    ...results,
  ],
  Pass: ['Result', 'ResultPath', 'Parameters', ...transitions],
  Wait: ['Seconds', 'Timestamp', 'SecondsPath', 'TimestampPath', ...transitions],
  Choice: ['Choices', 'Default'],
  Succeed: [],
  Fail: ['Error', 'Cause', 'ErrorPath', 'CausePath'],
};
const everyStateHas = ['Type', 'Comment', 'QueryLanguage', 'InputPath', 'OutputPath'];

/**
 * Refuses what would run otherwise than on AWS.
 * @throws Error naming the state, what it needs and what is allowed.
 */
export function refuseUnsupported(machine: State, where: string, nestedIn?: string): void {
  refuseJsonata(machine, where);
  for (const [name, state] of Object.entries((machine.States ?? {}) as Record<string, State>)) {
    const here = `state "${name}"`;
    refuseJsonata(state, here);
    const known = fields[state.Type];
    if (!known)
      throw new Error(
        `${here} has type ${JSON.stringify(state.Type)}; allowed: ${Object.keys(fields).join(', ')}.`,
      );
    const unknown = Object.keys(state).filter(
      (field) => !known.includes(field) && !everyStateHas.includes(field),
    );
    if (unknown.length > 0) {
      throw new Error(
        `${here}: the local cloud does not have ${unknown.join(', ')} of ${state.Type} states.`,
      );
    }
    if (state.Type === 'Task') refuseUnknownTask(state, here);
    if (nestedIn && /\$\$\.State\b/.test(JSON.stringify(state))) {
      throw new Error(
        `${here}: the local cloud does not have $$.State inside of a Parallel or Map ("${nestedIn}").`,
      );
    }
    if (state.ItemProcessor?.ProcessorConfig?.Mode === 'DISTRIBUTED') {
      throw new Error(`${here}: the local cloud does not have distributed maps; allowed is Mode INLINE.`);
    }
    for (const inner of [...(state.Branches ?? []), state.ItemProcessor, state.Iterator]) {
      if (inner) refuseUnsupported(inner, here, name);
    }
  }
}

function refuseJsonata(has: State, where: string): void {
  if (has.QueryLanguage !== undefined && has.QueryLanguage !== 'JSONPath') {
    throw new Error(
      `${where} has QueryLanguage ${JSON.stringify(has.QueryLanguage)}; the local cloud has JSONPath only.`,
    );
  }
}

function refuseUnknownTask(state: State, where: string): void {
  const integration = integrationFor(state.Resource);
  if (!integration) {
    throw new Error(`${where} calls ${state.Resource}; the local cloud has only ${knownIntegrations}.`);
  }
  const unknown = Object.keys(state.Parameters ?? {})
    .map((key) => key.replace(/\.\$$/, ''))
    .filter((key) => integration.parameters && !integration.parameters.includes(key));
  if (unknown.length > 0) {
    throw new Error(
      `${where}: the local cloud does not have the parameters ${unknown.join(', ')} of ${state.Resource}.`,
    );
  }
}
