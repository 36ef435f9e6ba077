import { SETTLE_MS as HOP_SETTLE_MS } from "../../src/routing/limits.ts";
import { watchIdle } from "../rivals/mesh.ts";
import { allReachable, chainOf, inLab, pause, startAll } from "./netns-rig.ts";

/** What the costs of links take to settle after processes have started, all at once. */
const COSTS_SETTLE_MS = 60_000;
/** How long the silence is listened to, in milliseconds. */
export const WATCH_MS = 60_000;
/** How long the last peers may take to reach each other, in milliseconds. */
const LIMIT_MS = 300_000;

/**
 * How long a chain is left alone before it is watched, in milliseconds. A small change of cost waits
 * at each hop, so that of a long chain's last link arrives minutes later at the other end.
 */
export function settleMs(count: number): number {
  return COSTS_SETTLE_MS + (count - 1) * HOP_SETTLE_MS;
}

/** Bytes per link and second on an idle chain with all services on; null: it never was whole. */
export function measureIdlePeernet(count: number): Promise<number | null> {
  const links = chainOf(count);
  return inLab(count, links, async (lab) => {
    await startAll(lab);
    if (!(await allReachable(lab, LIMIT_MS))) return null;
    await pause(settleMs(count));
    const value = await watchIdle(lab, links.length, WATCH_MS);
    console.error(`idle chain of ${count}: ${value.toFixed(1)} B/s per link`);
    return value;
  });
}
