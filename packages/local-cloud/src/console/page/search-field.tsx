import { useEffect, useRef } from 'preact/hooks';

const pauseMs = 150;

/** A search that tells when somebody paused typing. `/` focuses it, Escape empties it. */
export function SearchField({
  label,
  value,
  onSearch,
  onEnter,
}: {
  readonly label: string;
  readonly value: string;
  onSearch(text: string): void;
  onEnter?: (text: string) => void;
}) {
  const input = useRef<HTMLInputElement>(null);
  const timer = useRef<number>(undefined);
  useEffect(() => {
    if (input.current && document.activeElement !== input.current) input.current.value = value;
  }, [value]);
  useEffect(() => () => clearTimeout(timer.current), []);

  const search = (wait: number) => {
    clearTimeout(timer.current);
    timer.current = setTimeout(() => onSearch(input.current?.value ?? ''), wait);
  };
  const pressed = (event: KeyboardEvent) => {
    if (event.key === 'Enter') onEnter?.(input.current?.value ?? '');
    if (event.key !== 'Escape' || !input.current) return;
    if (input.current.value === '') input.current.blur();
    input.current.value = '';
    search(0);
  };
  return (
    <label class="search">
      {label} <kbd>/</kbd>
      <input
        ref={input}
        type="search"
        defaultValue={value}
        autocomplete="off"
        spellcheck={false}
        onInput={() => search(pauseMs)}
        onKeyDown={pressed}
      />
    </label>
  );
}
