/** The style of a report, with light and dark color schemes. On a narrow screen only the table scrolls. */
export const HTML_STYLE = `
:root { color-scheme: light dark; font: 15px/1.45 system-ui, sans-serif; }
body { margin: 1.5rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
th, td { border-bottom: 1px solid color-mix(in srgb, currentColor 25%, transparent); padding: .4rem .6rem; text-align: left; vertical-align: top; overflow-wrap: anywhere; min-width: 6rem; }
th button { font: inherit; font-weight: 600; background: none; border: 0; padding: 0; color: inherit; cursor: pointer; }
th[aria-sort=ascending] button::after { content: ' ▲'; }
th[aria-sort=descending] button::after { content: ' ▼'; }
label { margin-right: 1rem; }
`;

/** Sorts on a click on a heading, and filters by text and status. */
export const HTML_SCRIPT = `
(() => {
  const body = document.querySelector('tbody');
  const rows = [...body.rows];
  const filter = document.getElementById('filter');
  const status = document.getElementById('status');
  const shown = document.getElementById('shown');
  const apply = () => {
    const words = filter.value.toLowerCase().split(/\\s+/).filter(Boolean);
    let count = 0;
    for (const row of rows) {
      const text = row.textContent.toLowerCase();
      const fits = (status.value === '' || row.dataset.status === status.value) && words.every((word) => text.includes(word));
      row.hidden = !fits;
      if (fits) count += 1;
    }
    shown.textContent = count + ' shown';
  };
  filter.addEventListener('input', apply);
  status.addEventListener('change', apply);
  for (const button of document.querySelectorAll('th button')) {
    button.addEventListener('click', () => {
      const heading = button.parentElement;
      const up = heading.getAttribute('aria-sort') !== 'ascending';
      for (const other of heading.parentElement.cells) other.setAttribute('aria-sort', 'none');
      heading.setAttribute('aria-sort', up ? 'ascending' : 'descending');
      const column = Number(button.dataset.column);
      const compare = new Intl.Collator(undefined, { numeric: true }).compare;
      rows.sort((a, b) => compare(a.cells[column].textContent, b.cells[column].textContent) * (up ? 1 : -1));
      body.append(...rows);
    });
  }
})();
`;
