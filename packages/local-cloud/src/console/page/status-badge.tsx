const icons: Readonly<Record<string, string>> = {
  RUNNING: '◐',
  SUCCEEDED: '✓',
  FAILED: '✕',
  TIMED_OUT: '⏱',
  ABORTED: '■',
  PENDING_REDRIVE: '↻',
};

/** The status of an execution, by an icon, a colour and a word. */
export const StatusBadge = ({ status }: { readonly status: string }) => (
  <span class={`status ${status.toLowerCase()}`}>
    <span aria-hidden="true">{icons[status] ?? '•'}</span> {words(status)}
  </span>
);

const words = (status: string): string =>
  (status.charAt(0) + status.slice(1).toLowerCase()).replaceAll('_', ' ');
