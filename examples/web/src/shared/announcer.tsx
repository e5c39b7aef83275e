import { signal } from '@preact/signals';
import type { JSX } from 'preact';

const said = signal('');

/** Has screen readers say something when they have finished what they are saying. */
export function announce(text: string): void {
  // The same text once more would be no change, and nobody would hear of it.
  said.value = text !== '' && text === said.value ? `${text}\u00a0` : text;
}

/** Where screen readers take announcements from. It has to be on the page before the first of them. */
export function Announcer(): JSX.Element {
  return <p class="visually-hidden" role="status" data-testid="announcer">{said}</p>;
}
