/** JSON text, indented; other text as it is; nothing without a text. */
export function JsonText({
  title,
  text,
}: {
  readonly title?: string;
  readonly text: string | undefined | null;
}) {
  if (text === undefined || text === null) return null;
  return (
    <>
      {title && <h3>{title}</h3>}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: keyboard users scroll what has the focus */}
      <pre tabIndex={0}>{indented(text)}</pre>
    </>
  );
}

function indented(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
