/** A state of the Amazon States Language, as far as the console shows it. */
export interface State {
  readonly Type: string;
  readonly Comment?: string;
  readonly Resource?: string;
  readonly Parameters?: { readonly FunctionName?: string };
  readonly Next?: string;
  readonly Default?: string;
  readonly Choices?: readonly { readonly Next: string }[];
  readonly Catch?: readonly { readonly Next: string; readonly ErrorEquals: readonly string[] }[];
  readonly Branches?: readonly Flow[];
  readonly ItemProcessor?: Flow;
  readonly Iterator?: Flow;
}

/** A state machine, a branch of a Parallel state, or what a Map state does with each item. */
export interface Flow {
  readonly StartAt: string;
  readonly States: Readonly<Record<string, State>>;
}

/** A way from one state to the next; a state may have several to the same one, which count as one. */
export interface Transition {
  readonly from: string;
  readonly to: string;
  /** It is taken when the state fails. */
  readonly isCatch: boolean;
}

/** The ways out of each state of a flow, not those within its states. */
export function transitionsOf({ States }: Flow): readonly Transition[] {
  const ways = new Map<string, Transition>();
  for (const [from, { Next, Default, Choices = [], Catch = [] }] of Object.entries(States)) {
    const regular = [Next, ...Choices.map((choice) => choice.Next), Default].filter((to) => to !== undefined);
    const all = [
      ...regular.map((to) => ({ from, to, isCatch: false })),
      ...Catch.map(({ Next: to }) => ({ from, to, isCatch: true })),
    ];
    for (const way of all) if (!ways.has(transitionKey(way))) ways.set(transitionKey(way), way);
  }
  return [...ways.values()];
}

export const transitionKey = ({ from, to }: Pick<Transition, 'from' | 'to'>): string =>
  JSON.stringify([from, to]);

/** The flows within a state. */
export function innerFlows({ Branches = [], ItemProcessor, Iterator: legacy }: State): readonly Flow[] {
  const processor = ItemProcessor ?? legacy;
  return processor ? [processor] : Branches;
}

/** Every state by its name, those within others too: names are unique in a machine. */
export function allStates(flow: Flow): ReadonlyMap<string, State> {
  const own = Object.entries(flow.States);
  const nested = own.flatMap(([, state]) => innerFlows(state).flatMap((inner) => [...allStates(inner)]));
  return new Map([...own, ...nested]);
}
