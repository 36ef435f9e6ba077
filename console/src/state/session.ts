import { type ReadonlySignal, type Signal, signal } from "@preact/signals";
import {
  type Fragment,
  formatFragment,
  parseFragment,
  type ViewName,
  withoutToken,
} from "./fragment.ts";

const KEY = "peernet-token";

/** Where the page stands. */
export const place: Signal<Fragment> = signal(parseFragment(""));

const tokenSignal = signal<string | undefined>(undefined);

/** The token this page uses; undefined where it has none. */
export const token: ReadonlySignal<string | undefined> = tokenSignal;

/** Reads the URL now and at every change; a token goes into the session, out of the address bar. */
export function startSession(): void {
  tokenSignal.value = sessionStorage.getItem(KEY) ?? undefined;
  readPlace();
  addEventListener("hashchange", readPlace);
}

/** Goes to a view; the browser's back button leads back. */
export function go(view: ViewName, person?: string): void {
  location.hash = formatFragment(view, person);
}

function readPlace(): void {
  const found = parseFragment(location.hash);
  if (found.token !== undefined) {
    sessionStorage.setItem(KEY, found.token);
    tokenSignal.value = found.token;
    history.replaceState(null, "", withoutToken(location.hash));
  }
  place.value = { ...found, token: undefined };
}
