import { computed, signal } from '@preact/signals';
import { tokens } from 'virtual:development-tokens';

/** Who uses the page. */
export interface Identity {
  /** What the token says about its user. */
  readonly name: string;
  readonly token: string;
}

/** The name of somebody whose token cannot be read. */
export const UNKNOWN = 'unknown user';

/** Identities to switch between while developing; a built page knows none. */
export const known: ReadonlyArray<Identity & { readonly label: string }> = Object.entries(tokens).map(
  ([label, token]) => ({ label, token, name: nameOf(token) }),
);

/** The token is kept for this tab, so that both pages have it, and goes with it. */
const STORAGE_KEY = 'upload-token';

const token = signal<string | undefined>(remembered());

/** Who uses the page at the moment, if anyone does. */
export const identity = computed<Identity | undefined>(() =>
  token.value === undefined ? undefined : { token: token.value, name: nameOf(token.value) },
);

export function signIn(value: string): void {
  sessionStorage.setItem(STORAGE_KEY, value);
  token.value = value;
}

export function signOut(): void {
  sessionStorage.removeItem(STORAGE_KEY);
  token.value = undefined;
}

/** The server may have been given another secret since the tab was opened, so a known identity is taken as it is now. */
function remembered(): string | undefined {
  const stored = sessionStorage.getItem(STORAGE_KEY) ?? undefined;
  return known.length > 0 ? (known.find((one) => one.token === stored) ?? known[0])?.token : stored;
}

/** The subject of a JSON Web Token. It is only shown: whether the token is valid is for the server to say. */
function nameOf(value: string): string {
  try {
    const payload = value.split('.')[1] ?? '';
    const bytes = Uint8Array.from(atob(payload.replace(/-/g, '+').replace(/_/g, '/')), (char) => char.charCodeAt(0));
    const { sub } = JSON.parse(new TextDecoder().decode(bytes)) as { sub?: unknown };
    return typeof sub === 'string' ? sub : UNKNOWN;
  } catch {
    return UNKNOWN;
  }
}
