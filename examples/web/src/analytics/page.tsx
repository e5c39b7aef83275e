import { useSignalEffect } from '@preact/signals';
import type { JSX } from 'preact';

import { Announcer } from '../shared/announcer.js';
import { Header } from '../shared/header.js';
import { identity, known, signIn } from '../shared/identity.js';
import { ProblemCard } from '../shared/problem-card.js';
import { SignIn } from '../shared/sign-in.js';
import { Events } from './events.js';
import { FailurePoints } from './failure-points.js';
import { Metrics } from './metrics.js';
import { Series } from './series.js';
import { load, view } from './store.js';
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
          <Metrics metrics={now.analytics.metrics} />
          <Series series={now.analytics.series} from={now.from} />
          <FailurePoints points={now.analytics.failurePoints} />
          <Events analytics={now.analytics} events={now.events} />
        </>
      );
  }
}

function Forbidden(): JSX.Element {
  const admin = known.find(({ label }) => label === 'admin');
  const problem = {
    title: 'The analytics are for administrators',
    advice: `You use this page as ${identity.value?.name}, who does not have the role “admin”. ${
      admin ? 'Switch to an administrator to see them.' : 'Sign out, and sign in with the token of an administrator to see them.'
    }`,
  };
  return (
    <ProblemCard problem={problem}>
      {admin && <button type="button" class="button" onClick={() => signIn(admin.token)}>Switch to admin</button>}
    </ProblemCard>
  );
}
