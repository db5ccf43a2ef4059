import { useEffect } from 'preact/hooks';
import { Header } from './header.js';
import { followRuns } from './live.js';
import { followRed } from './red.js';
import { path } from './router.js';
import { session, sessionProblem, signingIn } from './session.js';
import { Help, helping, useShortcuts } from './shortcuts.js';
import { SignIn, SignInDialog } from './sign-in.js';
import { Announcer } from './ui/announce.js';
import { Failed, Waiting } from './ui/states.js';
import { Artifact } from './views/artifact.js';
import { Checksums } from './views/checksums.js';
import { Drift } from './views/drift/drift.js';
import { DriftEntry } from './views/drift/entry.js';
import { Findings } from './views/findings.js';
import { Journal } from './views/journal/journal.js';
import { Listings } from './views/listings/listings.js';
import { NotFound } from './views/not-found.js';
import { Overview } from './views/overview/overview.js';
import { Residual } from './views/recovery/residual.js';
import { Review } from './views/recovery/review.js';
import { ReviewRowView } from './views/recovery/review-row.js';
import { Run } from './views/runs/run.js';
import { Runs } from './views/runs/runs.js';

/** The frame around every page, and the page for the current URL. */
export function App() {
  useShortcuts();
  const current = session.value;
  const mayRead = current !== undefined && (current.actor !== null || !current.sign_in_needed);
  useEffect(() => (mayRead ? followRuns() : undefined), [mayRead]);
  useEffect(() => (mayRead ? followRed() : undefined), [mayRead]);
  return (
    <>
      <a class="skip" href="#main">
        Skip to content
      </a>
      <Header />
      <main id="main" tabIndex={-1}>
        {current === undefined ? <NoSession /> : mayRead ? <Routed /> : <SignIn />}
      </main>
      <Announcer />
      {signingIn.value && <SignInDialog />}
      {helping.value && <Help />}
    </>
  );
}

function NoSession() {
  const problem = sessionProblem.value;
  return problem === undefined ? <Waiting /> : <Failed problem={problem} reload={() => location.reload()} />;
}

function Routed() {
  const [, room = '', id] = path.value.split('/');
  const page = `${room}${id === undefined || id === '' ? '' : '/…'}`;
  // Focus moves only when the page changes
  useEffect(() => {
    const heading = document.querySelector('main h1');
    if (heading instanceof HTMLElement && document.activeElement === document.body) heading.focus();
  }, [page, id]);
  switch (page) {
    case '':
      return <Overview />;
    case 'findings':
      return <Findings />;
    case 'listings':
      return <Listings />;
    case 'checksums':
      return <Checksums />;
    case 'drift':
      return <Drift />;
    case 'drift/…':
      return <DriftEntry id={id ?? ''} />;
    case 'review':
      return <Review />;
    case 'review/…':
      return <ReviewRowView />;
    case 'residual':
      return <Residual />;
    case 'runs':
      return <Runs />;
    case 'runs/…':
      return <Run id={id ?? ''} />;
    case 'journal':
      return <Journal />;
    case 'artifacts':
      return <Artifact />;
    default:
      return <NotFound />;
  }
}
