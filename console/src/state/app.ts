import { type ReadonlySignal, signal } from "@preact/signals";
import { say } from "../words/language.ts";
import { api } from "./api.ts";
import { cleanName } from "./format.ts";
import { keep, recall } from "./kept.ts";
import { notify } from "./notices.ts";
import { hasOwnToken, isFromAfar, keepToken, token } from "./session.ts";
import { authorOf, isInGroup, type Letter, talkOf } from "./talk.ts";

const KEY = "peernet-notices";

/** What Chromium hands out where a page can be installed; no standard yet. */
interface InstallEvent extends Event {
  prompt(): Promise<unknown>;
}

let waiting: InstallEvent | undefined;
const offerSignal = signal(false);
const noticesSignal = signal(false);

/** Whether the browser lets this page be installed by a button. */
export const installOffer: ReadonlySignal<boolean> = offerSignal;

/** Whether messages are told of while the page is in the background. */
export const isNotifying: ReadonlySignal<boolean> = noticesSignal;

/** Listens for what the browser offers. */
export function startApp(): void {
  noticesSignal.value = recall(KEY) === "yes" && isAllowed();
  addEventListener("beforeinstallprompt", (event) => {
    event.preventDefault();
    waiting = event as InstallEvent;
    offerSignal.value = true;
  });
  addEventListener("appinstalled", () => {
    offerSignal.value = false;
    void takeOwnToken();
  });
  keepPage();
  if (matchMedia("(display-mode: standalone)").matches) void takeOwnToken();
}

/** Lets the browser keep the page's own files; behind a certificate of one's own it would not. */
function keepPage(): void {
  if (isFromAfar || !("serviceWorker" in navigator)) return;
  const start = (): void => {
    // Without it the page works all the same, as long as the peer runs.
    navigator.serviceWorker.register("./sw.js").catch(() => undefined);
  };
  if (document.readyState === "complete") start();
  else addEventListener("load", start, { once: true });
}

/** An app is opened without a link: it needs a token that outlives this run of the peer. */
async function takeOwnToken(): Promise<void> {
  if (isFromAfar || hasOwnToken() || token.peek() === undefined) return;
  try {
    keepToken((await api().lan.here(say().lan.appName)).token);
  } catch {
    // The link works as before; the next start of the page tries again.
  }
}

/** Lets the browser ask whether to install the page. */
export async function offerInstall(): Promise<void> {
  await waiting?.prompt();
  waiting = undefined;
  offerSignal.value = false;
}

/** Switches notices of messages on, where the browser allows that, or off. */
export async function wantNotices(wanted: boolean): Promise<void> {
  const isOn = wanted && (await isGranted());
  if (wanted && !isOn) notify("bad", say().settings.notifyDenied);
  keep(KEY, isOn ? "yes" : undefined);
  noticesSignal.value = isOn;
}

/** Tells of a message that came in while nobody looks; only whose it is, never what it says. */
export function tellOf(message: Letter): void {
  if (!noticesSignal.peek() || !document.hidden || message.direction !== "in") return;
  const { notifyTitle, notifyGroup } = say().settings;
  const who = cleanName(authorOf(message));
  const title = isInGroup(message) ? notifyGroup(who, cleanName(message.group)) : notifyTitle(who);
  const shown = new Notification(title, { tag: talkOf(message), icon: "./icon.svg" });
  shown.onclick = () => {
    window.focus();
    shown.close();
  };
}

function isAllowed(): boolean {
  return "Notification" in window && Notification.permission === "granted";
}

async function isGranted(): Promise<boolean> {
  return (
    isAllowed() ||
    ("Notification" in window && (await Notification.requestPermission()) === "granted")
  );
}
