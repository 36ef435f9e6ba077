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

const pairSignal = signal<string | undefined>(undefined);

/** The code by which this browser is to be paired; undefined where it was not opened by one. */
export const pairCode: ReadonlySignal<string | undefined> = pairSignal;

/** Whether this page comes from another machine: on its own one there is no TLS. */
export const isFromAfar: boolean = globalThis.location?.protocol === "https:";

/** Reads the URL now and at every change; a token goes into the session, out of the address bar. */
export function startSession(): void {
  // An installed app and a paired browser are opened without any link: they have kept a token.
  tokenSignal.value = sessionStorage.getItem(KEY) ?? recall(KEY);
  readPlace();
  addEventListener("hashchange", readPlace);
}

/** Uses a token that is this browser's own, now and from now on. */
export function keepToken(own: string): void {
  keep(KEY, own);
  sessionStorage.setItem(KEY, own);
  tokenSignal.value = own;
  pairSignal.value = undefined;
}

/** Forgets a token that is not good any more. */
export function forgetToken(): void {
  if (recall(KEY) === tokenSignal.peek()) keep(KEY, undefined);
  sessionStorage.removeItem(KEY);
}

/** Whether this browser has a token of its own. */
export function hasOwnToken(): boolean {
  return recall(KEY) !== undefined;
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
  }
  if (found.pair !== undefined) pairSignal.value = found.pair;
  if (found.token !== undefined || found.pair !== undefined) {
    history.replaceState(null, "", withoutToken(location.hash));
  }
  place.value = { ...found, token: undefined, pair: undefined };
}
