import { signal } from '@preact/signals';
import type { JSX } from 'preact';

const said = signal('');

/** Has screen readers say something when they have finished what they are saying. */
export function announce(text: string): void {
  said.value = text;
}

/** Where screen readers take announcements from. It has to be on the page before the first of them. */
export function Announcer(): JSX.Element {
  return <p class="visually-hidden" role="status" data-testid="announcer">{said}</p>;
}
