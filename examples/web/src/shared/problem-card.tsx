import type { ComponentChildren, JSX } from 'preact';

import { Icon } from './icons.js';
import type { Problem } from './problem.js';
import { askToSignIn } from './sign-in.js';

interface Props {
  readonly problem: Problem;
  /** `warn` is for what is no mistake of anybody. */
  readonly tone?: 'bad' | 'warn';
  readonly children?: ComponentChildren;
}

/** A problem in words, with what can be done about it. */
export function ProblemCard({ problem, tone = 'bad', children }: Props): JSX.Element {
  const { title, advice, requestId, signIn } = problem;
  return (
    <div class={`notice ${tone}`} role="alert">
      <Icon name="alert" />
      <div>
        <strong>{title}</strong>
        <p>{advice}</p>
        {requestId && <p class="fine-print">Request <code>{requestId}</code></p>}
        {(signIn || children) && (
          <div class="actions">
            {signIn && <button type="button" class="button primary" onClick={askToSignIn}>Sign in again</button>}
            {children}
          </div>
        )}
      </div>
    </div>
  );
}
