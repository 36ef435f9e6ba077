import type { PingBody } from "../../src/api/client/index.ts";
import { chainOf, inLab, pause } from "./netns-rig.ts";

/** Hosts of the chain: four hops. */
const HOSTS = 5;
/** Pause between two attempts, none of which waits for another, in milliseconds. */
const ATTEMPT_MS = 20;
const LIMIT_MS = 30_000;

/** From nothing to the first answer over four hops, in milliseconds. */
export interface FirstPing {
  /** Since the last process was started. */
  readonly sinceStartMs: number;
  /** Since the last socket of any of them was open. */
  readonly sinceSocketsMs: number;
}

/** Starts a chain of five new peers at once and pings from end to end; null: no answer. */
export function measureFirstPing(): Promise<FirstPing | null> {
  return inLab(HOSTS, chainOf(HOSTS), async (lab) => {
    const [first, last] = [lab.host(0), lab.host(HOSTS - 1)];
    await first.warmUp();
    const starts = lab.hosts.map((host) => host.start());
    const lastStartMs = Date.now();
    const { peerId } = await (starts[HOSTS - 1] ?? last.start());
    await starts[0];
    let answeredAtMs: number | undefined;
    const limitMs = performance.now() + LIMIT_MS;
    while (answeredAtMs === undefined && performance.now() < limitMs) {
      void first.call("POST", "/v1/ping", { to: peerId }).then(({ status, json, atMs }) => {
        if (status === 200 && (json as PingBody).roundTripMs !== null) answeredAtMs ??= atMs;
      });
      await pause(ATTEMPT_MS);
    }
    const ups = await Promise.all(starts);
    if (answeredAtMs === undefined) return null;
    const lastSocketMs = Math.max(...ups.map((up) => up.socketsOpenAtMs));
    return {
      sinceStartMs: answeredAtMs - lastStartMs,
      sinceSocketsMs: answeredAtMs - lastSocketMs,
    };
  });
}
