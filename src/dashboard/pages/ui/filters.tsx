import { go, parameter, withParameters } from '../router.js';

interface Choice {
  value: string;
  text: string;
}

/** A row of links, one per choice, so that the URL records the choice. The first is the default. */
export function Choices({
  name,
  label,
  choices,
  cursor = 'after',
}: {
  name: string;
  label: string;
  choices: readonly Choice[];
  /** The query parameter with the list's page cursor. */
  cursor?: string;
}) {
  const chosen = parameter(name) ?? choices[0]?.value;
  return (
    <nav class="choices" aria-label={label}>
      {choices.map(({ value, text }) => (
        <a
          key={value}
          href={withParameters({
            [name]: value === choices[0]?.value ? undefined : value,
            [cursor]: undefined,
          })}
          aria-current={value === chosen ? 'true' : undefined}
        >
          {text}
        </a>
      ))}
    </nav>
  );
}

interface Field {
  name: string;
  label: string;
  placeholder: string;
}

/** Fields that filter by exact values, with one button for all. */
export function ExactFilters({ fields }: { fields: readonly Field[] }) {
  const none = Object.fromEntries(fields.map(({ name }) => [name, undefined]));
  const anySet = fields.some(({ name }) => parameter(name) !== undefined);
  return (
    <form
      class="exact-filter"
      onSubmit={(event) => {
        event.preventDefault();
        const sent = new FormData(event.currentTarget);
        const values = fields.map(({ name }) => [name, String(sent.get(name) ?? '').trim()]);
        go(withParameters({ ...Object.fromEntries(values), after: undefined }));
      }}
    >
      {fields.map(({ name, label, placeholder }) => (
        <label key={name}>
          <span>{label}</span>
          <input
            key={parameter(name)}
            name={name}
            defaultValue={parameter(name) ?? ''}
            placeholder={placeholder}
            autocomplete="off"
            spellcheck={false}
          />
        </label>
      ))}
      <button type="submit">Show</button>
      {anySet && (
        <a class="button" href={withParameters({ ...none, after: undefined })}>
          Clear
        </a>
      )}
    </form>
  );
}
