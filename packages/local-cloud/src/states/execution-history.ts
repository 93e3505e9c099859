/** Members of an event's details; `input` and `output` are JSON text. */
export type EventDetails = Readonly<Record<string, unknown>>;

/** Appends an event such as `MapStateStarted` to a history. @returns the event's id */
export type RecordEvent = (type: string, details?: EventDetails) => number;

/**
 * An event as GetExecutionHistory returns it: its details are in a member that is named after its type.
 * @param at Epoch milliseconds.
 * @see https://docs.aws.amazon.com/step-functions/latest/apireference/API_HistoryEvent.html
 */
export function historyEvent(id: number, at: number, type: string, details: EventDetails = {}) {
  const event = { id, previousEventId: id - 1, timestamp: at / 1000, type };
  if (Object.keys(details).length === 0) return event;
  // all types of states share `stateEnteredEventDetails` and `stateExitedEventDetails`
  const name = type.replace(/^.*(?=State(Entered|Exited)$)/, '');
  const data = ['input', 'output'].filter((member) => member in details);
  const truncated = Object.fromEntries(data.map((member) => [`${member}Details`, { truncated: false }]));
  const member = `${name.charAt(0).toLowerCase()}${name.slice(1)}EventDetails`;
  return { ...event, [member]: { ...details, ...truncated } };
}
