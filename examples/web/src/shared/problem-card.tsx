import type { ComponentChildren, JSX } from 'preact';

import { Icon } from './icons.js';
import type { Problem } from './problem.js';

/** A problem in words, with what can be done about it. */
export function ProblemCard({ problem, children }: { problem: Problem; children?: ComponentChildren }): JSX.Element {
  return (
    <div class="notice bad" role="alert">
      <Icon name="alert" />
      <div>
        <strong>{problem.title}</strong>
        <p>{problem.advice}</p>
        {problem.requestId && <p class="fine-print">Request <code>{problem.requestId}</code></p>}
        {children && <div class="actions">{children}</div>}
      </div>
    </div>
  );
}
