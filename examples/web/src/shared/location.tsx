import { useSignal } from '@preact/signals';
import type { JSX, TargetedEvent } from 'preact';

import { announce } from './announcer.js';
import { Icon } from './icons.js';

/** How long a button says what it has done. */
const CONFIRMATION_MS = 2500;

interface Props {
  readonly url: string;
  /** What is there. */
  readonly name: string;
  /** Whether the address is to be read, and not only when one points at its button. */
  readonly readable?: boolean;
}

/** Where a file is stored: a link if a browser can open it, and in any case to be copied. */
export function Location({ url, name, readable = false }: Props): JSX.Element {
  const state = useSignal<'idle' | 'copied' | 'refused'>('idle');
  const copy = async ({ currentTarget }: TargetedEvent<HTMLElement>): Promise<void> => {
    const copied = await copyText(url, currentTarget);
    state.value = copied ? 'copied' : 'refused';
    announce(copied ? `Address of ${name} copied` : 'The browser did not allow to copy the address; it is shown instead');
    if (copied) {
      setTimeout(() => (state.value = 'idle'), CONFIRMATION_MS);
    }
  };
  const copied = state.value === 'copied';
  return (
    <div class="location">
      {(readable || state.value === 'refused') && <code>{url}</code>}
      {/^https?:/.test(url) && <a class="truncated" href={url}>Open</a>}
      <button type="button" class={`button small${copied ? ' done' : ''}`} title={readable ? undefined : url} onClick={copy}>
        <Icon name={copied ? 'check' : 'copy'} />
        {copied ? 'Address copied' : 'Copy address'}
        <span class="visually-hidden"> of {name}</span>
      </button>
    </div>
  );
}

/** Copies a text, also on a page without HTTPS, where browsers have no clipboard but the one of selected text. */
async function copyText(text: string, near: HTMLElement): Promise<boolean> {
  if (window.isSecureContext) {
    return navigator.clipboard.writeText(text).then(() => true, () => false);
  }
  const field = document.createElement('textarea');
  field.value = text;
  field.className = 'visually-hidden';
  // In a dialog nothing outside of it can be selected.
  near.after(field);
  field.select();
  const copied = document.execCommand('copy');
  field.remove();
  near.focus();
  return copied;
}
