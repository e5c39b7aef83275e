import { useSignalEffect } from '@preact/signals';
import type { JSX } from 'preact';

import { Announcer } from '../shared/announcer.js';
import { Header } from '../shared/header.js';
import { Icon } from '../shared/icons.js';
import { identity, known, signIn } from '../shared/identity.js';
import { ProblemCard } from '../shared/problem-card.js';
import { askToSignIn, SignIn } from '../shared/sign-in.js';
import { Events } from './events.js';
import { FailurePoints } from './failure-points.js';
import { Metrics } from './metrics.js';
import { Series } from './series.js';
import { load, view, type Loaded } from './store.js';
import { Toolbar } from './toolbar.js';

export function AnalyticsPage(): JSX.Element {
  useSignalEffect(() => {
    if (identity.value) {
      void load();
    }
  });
  return (
    <>
      <Header page="Analytics" />
      <main id="main">
        <div class="analytics-head">
          <h1>Analytics</h1>
          {identity.value && view.value.kind !== 'forbidden' && <Toolbar />}
        </div>
        {identity.value ? <Content /> : <SignIn />}
      </main>
      <Announcer />
    </>
  );
}

function Content(): JSX.Element {
  const now = view.value;
  switch (now.kind) {
    case 'loading':
      return <p class="muted" role="status">Loading the analytics…</p>;
    case 'forbidden':
      return <Forbidden />;
    case 'failed':
      return (
        <ProblemCard problem={now.problem}>
          <button type="button" class="button" onClick={load}>Try again</button>
        </ProblemCard>
      );
    case 'loaded':
      return (
        <>
          {now.analytics.metrics.sessionsCreated > 0 ? <Figures {...now} /> : <Empty from={now.from} />}
          <Events {...now} />
        </>
      );
  }
}

function Figures({ analytics, from }: Loaded): JSX.Element {
  return (
    <>
      <Metrics metrics={analytics.metrics} />
      <Series series={analytics.series} from={from} />
      <FailurePoints points={analytics.failurePoints} />
    </>
  );
}

function Empty({ from }: { from: string | undefined }): JSX.Element {
  return (
    <section class="card empty" aria-labelledby="empty">
      <span class="round-icon"><Icon name="chart" /></span>
      <h2 id="empty">{from === undefined ? 'No sessions yet' : 'No sessions in this period'}</h2>
      <p class="muted">
        {from === undefined ? '' : 'Choose a longer one, or '}
        <a href="/">{from === undefined ? 'Upload' : 'upload'} a file</a>: success rate, upload times and points of failure appear here.
      </p>
    </section>
  );
}

function Forbidden(): JSX.Element {
  const admin = known.find(({ label }) => label === 'admin');
  const problem = {
    title: 'The analytics are for administrators',
    advice: `You use this page as ${identity.value?.name}, who does not have the role “admin”. ${
      admin ? 'Switch to an administrator to see them.' : 'Sign in with the token of an administrator to see them.'
    }`,
  };
  return (
    <ProblemCard problem={problem}>
      {admin ? (
        <button type="button" class="button" onClick={() => signIn(admin.token)}>Switch to admin</button>
      ) : (
        <button type="button" class="button" onClick={askToSignIn}>Sign in as somebody else</button>
      )}
    </ProblemCard>
  );
}
