import { useEffect } from 'preact/hooks';
import { liveRuns, liveState } from './live.js';
import { PLACES } from './places.js';
import { path } from './router.js';
import { session, signingIn, signOut } from './session.js';
import { helping } from './shortcuts.js';
import { nextTheme, theme } from './theme.js';
import { Icon } from './ui/icon.js';
import { meaningOf } from './ui/term.js';

export function Header() {
  const current = session.value;
  const here = path.value;
  // On a narrow screen the navigation is a scrolling strip.
  useEffect(() => {
    document
      .querySelector(`.side nav a[aria-current]`)
      ?.scrollIntoView({ block: 'nearest', inline: 'center' });
  }, [here]);
  return (
    <header class="side">
      <a class="brand" href="/">
        <img src="/favicon.svg" alt="" width="28" height="28" />
        <span>Salvor</span>
      </a>
      <nav aria-label="Pages">
        {PLACES.map(({ href, name, icon }) => (
          <a key={href} href={href} title={meaningOf(name)} aria-current={isAt(href) ? 'page' : undefined}>
            <Icon name={icon} />
            {name}
            {href === '/runs' && <Running />}
          </a>
        ))}
      </nav>
      <div class="side-foot">
        {current?.read_only && <p class="read-only">Read-only</p>}
        <Who />
        <div class="tools">
          <button
            type="button"
            class="ghost"
            onClick={nextTheme}
            aria-label={`Colors: ${theme.value}. Change`}
          >
            <Icon name={theme.value === 'light' ? 'sun' : theme.value === 'dark' ? 'moon' : 'auto'} />
          </button>
          <button
            type="button"
            class="ghost help-button"
            aria-label="Keyboard shortcuts"
            onClick={() => {
              helping.value = true;
            }}
          >
            ?
          </button>
        </div>
        {current && current.registry !== '' && (
          <p class="where">
            <span title={current.registry}>{current.registry}</span>
            <span>
              {current.host}, salvor {current.version}
            </span>
          </p>
        )}
      </div>
    </header>
  );
}

function isAt(href: string): boolean {
  return href === '/' ? path.value === '/' : path.value === href || path.value.startsWith(`${href}/`);
}

function Running() {
  const running = liveRuns.value?.filter((run) => run.status === 'running').length ?? 0;
  if (liveState.value === 'lost' || liveState.value === 'unread') return <span class="count lost">lost</span>;
  if (running === 0) return null;
  return (
    <span class="count">
      {running}
      <span class="visually-hidden"> running</span>
    </span>
  );
}

function Who() {
  const current = session.value;
  // If reading requires signing in, the page itself shows the form.
  if (current === undefined || (current.actor === null && current.sign_in_needed)) return null;
  if (current.actor === null) {
    return (
      <button
        type="button"
        class="sign-in"
        onClick={() => {
          signingIn.value = true;
        }}
      >
        <Icon name="key" /> Sign in
      </button>
    );
  }
  return (
    <p class="who">
      <span title={current.actor}>{current.actor}</span>
      <button type="button" class="link" onClick={() => void signOut()}>
        Sign out
      </button>
    </p>
  );
}
