/** A JSON object of unknown members. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Asks a route below `/_local/`. @throws Error with the message of the answer */
export async function request<Answer>(path: string, init?: RequestInit): Promise<Answer> {
  const response = await fetch(`/_local/${path}`, init);
  const body = response.status === 204 ? undefined : await response.json();
  if (response.ok) return body as Answer;
  throw new Error(String(body?.message ?? response.statusText));
}

/** Calls an operation of an AWS API. @throws Error with AWS's message */
export const aws = <Answer = JsonObject>(service: string, operation: string, input: JsonObject = {}) =>
  request<Answer>(`aws/${service}/${operation}`, post(input));

export const post = (body: JsonObject): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});

/** Calls a list operation until there is no `nextToken`. */
export async function awsAll<Item>(service: string, operation: string, member: string, input: JsonObject) {
  const items: Item[] = [];
  let nextToken: unknown;
  do {
    const page = await aws(service, operation, { ...input, ...(nextToken !== undefined && { nextToken }) });
    items.push(...(page[member] as readonly Item[]));
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  return items;
}
