import { type Fault, heal, sentBytes, strike } from "../../test/netns/faults.ts";
import { type Host, type Lab, waitUntil } from "../../test/netns/lab.ts";
import type { SteadyPing } from "../../test/netns/steady-ping.ts";
import { DIAMOND, hasNeighbours, inLab, pause, peersOf, startAll } from "./netns-rig.ts";

/** Pause between two pings: a silence of that length is none. */
const PING_MS = 50;
/** Answers in a row after which traffic flows again: 2 s. */
const STEADY_ANSWERS = 40;
/** A pause between answers that still counts as flowing. */
const STEADY_GAP_MS = 150;
/** How long the way in use is watched before a relay is struck, in milliseconds. */
const WATCH_MS = 1_000;
const LIMIT_MS = 60_000;

/** Whether `host` knows a way to `target` and another one that takes over at once. */
async function hasBackup(host: Host, target: Host): Promise<boolean> {
  const { peers } = await peersOf(host);
  const known = peers.find((peer) => peer.peerId === target.up.peerId);
  return known !== undefined && known.alternate !== null;
}

/** Both relays are up, each end has a backup, and pings flow. */
async function waitForCalm(lab: Lab, ping: SteadyPing): Promise<boolean> {
  const [source, target] = [lab.host(0), lab.host(3)];
  const isWhole = async (): Promise<boolean> => {
    for (const host of lab.hosts) if (!(await hasNeighbours(host, 2))) return false;
    return (await hasBackup(source, target)) && (await hasBackup(target, source));
  };
  if ((await waitUntil(isWhole, LIMIT_MS, 100)) === undefined) return false;
  const sinceMs = Date.now();
  const isSteady = async (): Promise<boolean> =>
    ping.isSteady(sinceMs, STEADY_ANSWERS, STEADY_GAP_MS);
  return (await waitUntil(isSteady, LIMIT_MS, 50)) !== undefined;
}

/** The relay by which most bytes of host 0 leave. */
async function relayInUse(lab: Lab): Promise<Host> {
  const before = [1, 2].map((relay) => sentBytes(lab.host(0), relay));
  await pause(WATCH_MS);
  const [by1 = 0, by2 = 0] = [1, 2].map(
    (relay, index) => sentBytes(lab.host(0), relay) - (before[index] ?? 0),
  );
  return lab.host(by1 >= by2 ? 1 : 2);
}

/** One hit: the silence beyond the pause between pings in milliseconds; null: it never ended. */
async function hitOnce(lab: Lab, ping: SteadyPing, fault: Fault): Promise<number | null> {
  if (!(await waitForCalm(lab, ping))) return null;
  const relay = await relayInUse(lab);
  const hitAtMs = Date.now();
  strike(relay, fault);
  const struckAtMs = Date.now();
  const isBack = async (): Promise<boolean> =>
    ping.isSteady(struckAtMs, STEADY_ANSWERS, STEADY_GAP_MS);
  const recovered = await waitUntil(isBack, LIMIT_MS, 50);
  const silenceMs = ping.longestSilenceMs(hitAtMs);
  await heal(relay, fault);
  return recovered === undefined ? null : Math.max(0, silenceMs - PING_MS);
}

/**
 * Gaps in a ping across a diamond whose relay in use is hit `count` times by each fault, in
 * milliseconds beyond the pause between pings; Infinity where it did not come back.
 */
export async function measureGaps(
  faults: readonly Fault[],
  count: number,
): Promise<ReadonlyMap<Fault, readonly number[]>> {
  return inLab(4, DIAMOND, async (lab) => {
    await startAll(lab);
    const ping = lab.host(0).ping(lab.host(3).up.peerId, PING_MS);
    const gaps = new Map<Fault, number[]>();
    for (const fault of faults) {
      const found: number[] = [];
      gaps.set(fault, found);
      for (let hit = 0; hit < count; hit++) {
        const gapMs = await hitOnce(lab, ping, fault);
        found.push(gapMs ?? Number.POSITIVE_INFINITY);
        if (gapMs === null) return gaps;
      }
      console.error(`${fault}: ${found.map(Math.round).join(" ")} ms`);
    }
    await ping.stop();
    return gaps;
  });
}
