import { go, parameter, withParameters } from '../router.js';

interface Choice {
  value: string;
  text: string;
}

/** A choice of a few, each a link: the address says what is shown. The first is the default. */
export function Choices({
  name,
  label,
  choices,
}: {
  name: string;
  label: string;
  choices: readonly Choice[];
}) {
  const chosen = parameter(name) ?? choices[0]?.value;
  return (
    <nav class="choices" aria-label={label}>
      {choices.map(({ value, text }) => (
        <a
          key={value}
          href={withParameters({ [name]: value === choices[0]?.value ? undefined : value })}
          aria-current={value === chosen ? 'true' : undefined}
        >
          {text}
        </a>
      ))}
    </nav>
  );
}

/** A field that filters by one exact value. */
export function ExactFilter({
  name,
  label,
  placeholder,
}: {
  name: string;
  label: string;
  placeholder: string;
}) {
  const value = parameter(name) ?? '';
  return (
    <form
      class="exact-filter"
      onSubmit={(event) => {
        event.preventDefault();
        const field = event.currentTarget.elements.namedItem('value');
        if (field instanceof HTMLInputElement) go(withParameters({ [name]: field.value.trim() }));
      }}
    >
      <label>
        <span>{label}</span>
        <input
          key={value}
          name="value"
          defaultValue={value}
          placeholder={placeholder}
          autocomplete="off"
          spellcheck={false}
        />
      </label>
      <button type="submit">Show</button>
      {value !== '' && (
        <a class="button" href={withParameters({ [name]: undefined })}>
          Clear
        </a>
      )}
    </form>
  );
}
