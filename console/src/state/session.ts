import { type ReadonlySignal, type Signal, signal } from "@preact/signals";
import {
  type Fragment,
  formatFragment,
  parseFragment,
  type ViewName,
  withoutToken,
} from "./fragment.ts";
import { keep, recall } from "./kept.ts";

const KEY = "peernet-token";

/** Where the page stands. */
export const place: Signal<Fragment> = signal(parseFragment(""));

const tokenSignal = signal<string | undefined>(undefined);

/** The token this page uses; undefined where it has none. */
export const token: ReadonlySignal<string | undefined> = tokenSignal;

/** Reads the URL now and at every change; a token goes into the session, out of the address bar. */
export function startSession(): void {
  // An installed app is opened without any link: it has kept the token of the last one.
  tokenSignal.value = sessionStorage.getItem(KEY) ?? recall(KEY);
  readPlace();
  addEventListener("hashchange", readPlace);
}

/** Keeps the token beyond this tab, for a page that has been installed as an app. */
export function keepToken(): void {
  keep(KEY, tokenSignal.peek());
}

/** Goes to a view; the browser's back button leads back. */
export function go(view: ViewName, person?: string): void {
  location.hash = formatFragment(view, person);
}

function readPlace(): void {
  const found = parseFragment(location.hash);
  if (found.token !== undefined) {
    sessionStorage.setItem(KEY, found.token);
    if (recall(KEY) !== undefined) keep(KEY, found.token);
    tokenSignal.value = found.token;
    history.replaceState(null, "", withoutToken(location.hash));
  }
  place.value = { ...found, token: undefined };
}
