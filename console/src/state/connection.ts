import { type ReadonlySignal, signal } from "@preact/signals";
import type { EventBodies, PeerEvent } from "../../../src/api/client/index.ts";
import { HIDDEN_MS, SILENCE_MS } from "../limits.ts";
import { api } from "./api.ts";
import { backoffMs } from "./backoff.ts";
import { isRefusal } from "./errors.ts";
import { invalidateAll } from "./views.ts";

/** How the page and its peer stand. */
export type Standing = "connecting" | "up" | "silent" | "refused";

const standingSignal = signal<Standing>("connecting");

/** See Standing. */
export const standing: ReadonlySignal<Standing> = standingSignal;

/** Something to do with each event. */
type OnEvent = (event: PeerEvent<keyof EventBodies>) => void;

/** Follows the peer's events until the returned function is called, whatever happens to it. */
export function follow(onEvent: OnEvent): () => void {
  const life = new AbortController();
  standingSignal.value = "connecting";
  void run(life.signal, onEvent);
  return () => life.abort();
}

async function run(life: AbortSignal, onEvent: OnEvent): Promise<void> {
  let failures = 0;
  while (!life.aborted) {
    const silence = setTimeout(() => say(life, "silent"), SILENCE_MS);
    const end = await listen(life, (event) => {
      clearTimeout(silence);
      if (event.name === "hello") {
        failures = 0;
        say(life, "up");
        invalidateAll();
      }
      onEvent(event);
    });
    if (end === "refused") {
      clearTimeout(silence);
      return say(life, "refused");
    }
    await becomingVisible(life);
    await pause(backoffMs(failures, Math.random()), life);
    failures += 1;
    clearTimeout(silence);
    if (failures > 1) say(life, "silent");
  }
}

/** Hears one stream to its end. */
async function listen(life: AbortSignal, onEvent: OnEvent): Promise<"ended" | "refused"> {
  try {
    for await (const event of api().events(streamSignal(life))) {
      if (life.aborted) break;
      onEvent(event);
    }
  } catch (error) {
    if (isRefusal(error)) return "refused";
  }
  return "ended";
}

function say(life: AbortSignal, next: Standing): void {
  if (!life.aborted) standingSignal.value = next;
}

/** Fires when the page ends, or has been hidden for a while. */
function streamSignal(life: AbortSignal): AbortSignal {
  const stream = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const look = (): void => {
    clearTimeout(timer);
    if (document.hidden) timer = setTimeout(() => stream.abort(), HIDDEN_MS);
  };
  document.addEventListener("visibilitychange", look, { signal: stream.signal });
  life.addEventListener("abort", () => stream.abort(), { signal: stream.signal });
  look();
  return stream.signal;
}

function becomingVisible(life: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (!document.hidden || life.aborted) return resolve();
    const done = new AbortController();
    const look = (): void => {
      if (document.hidden && !life.aborted) return;
      done.abort();
      resolve();
    };
    document.addEventListener("visibilitychange", look, { signal: done.signal });
    life.addEventListener("abort", look, { signal: done.signal });
  });
}

function pause(ms: number, life: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    life.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
