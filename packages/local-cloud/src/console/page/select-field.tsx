/** A choice of one option, by the options' texts and their values. */
export function SelectField({
  label,
  value,
  options,
  onSelect,
}: {
  readonly label: string;
  readonly value: string;
  readonly options: readonly (readonly [text: string, value: string])[];
  onSelect(value: string): void;
}) {
  return (
    <label>
      {label}
      <select value={value} onChange={({ currentTarget }) => onSelect(currentTarget.value)}>
        {options.map(([text, option]) => (
          <option key={option} value={option}>
            {text}
          </option>
        ))}
      </select>
    </label>
  );
}
