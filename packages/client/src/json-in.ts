/** What a text of the server says. Anything may come: of text that is no JSON, nothing is known. */
export function jsonIn(text: unknown): object {
  try {
    return JSON.parse(String(text)) ?? {};
  } catch {
    return {};
  }
}
