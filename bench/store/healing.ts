import { availableParallelism, loadavg } from "node:os";
import { waitUntil, whyNoNamespaces } from "../../test/netns/lab.ts";
import { pause } from "../routing/netns-rig.ts";
import { type BenchOptions, type BenchRow, benchRow } from "../row.ts";
import { Bed, type BedPace } from "./healing-bed.ts";

const FRAGMENTS = 40;
/** A quarter of the holders is killed. */
const LOST = 10;
const OBJECT_BYTES = 32e6;
const PACE: BedPace = { deadAfterSeconds: 10, watchSeconds: 30, turnSeconds: 3 };
const START_MS = 180_000;
const HEAL_MS = 120_000;
/** How long the bed is watched doing nothing, and after the healing. */
const IDLE_MS = 15_000;
const AGENTS = { full: 40, reduced: 20 };

/** What came of one round. */
interface Healed {
  readonly tookMs: number;
  /** Bytes sent by all, and of those, what an idle bed sends in that time. */
  readonly sentBytes: number;
  readonly idleBytes: number;
  readonly alive: number;
  readonly healers: number;
  readonly made: number;
  readonly keyFound: boolean;
  readonly keyFoundAtPublisher: boolean;
}

async function measure(agents: number): Promise<Healed> {
  const bed = new Bed(agents, PACE);
  try {
    if (!(await bed.start(START_MS))) throw new RangeError("the agents do not see each other");
    const { root, readKey, own } = await bed.publish(OBJECT_BYTES, FRAGMENTS);
    // Let holders ask each other once, as they would have long since in life.
    await pause(1_000 * 1.5 * PACE.watchSeconds);
    const idleFrom = bed.sentBytes();
    await pause(IDLE_MS);
    const idleRate = (bed.sentBytes() - idleFrom) / IDLE_MS;

    const sentFrom = bed.sentBytes();
    const killedAtMs = performance.now();
    let lost = own;
    for (const [place, count] of (await bed.fragments()).entries()) {
      const host = bed.agents[place];
      if (host === undefined || count === 0 || lost + count > LOST) continue;
      bed.kill(host);
      lost += count;
    }
    const isWhole = async (): Promise<boolean> => {
      const { fragments, healed } = await bed.sums();
      return healed > 0 && fragments >= FRAGMENTS;
    };
    const tookMs = await waitUntil(isWhole, HEAL_MS, 250);
    if (tookMs === undefined) throw new RangeError(`not healed after ${HEAL_MS} ms`);
    const watchedMs = performance.now() - killedAtMs;
    await pause(IDLE_MS);
    const sentBytes = bed.sentBytes() - sentFrom;
    const idleBytes = idleRate * (watchedMs + IDLE_MS);
    const { healed, made } = await bed.sums();
    const [first] = bed.living;
    const { alive } = first ? await bed.health(first, root) : { alive: 0 };
    return {
      ...{ tookMs, sentBytes, idleBytes, alive, healers: healed, made },
      keyFound: bed.keepsAnywhere(readKey),
      keyFoundAtPublisher: bed.publisherKeeps(readKey),
    };
  } finally {
    await bed.remove();
  }
}

/**
 * A quarter of the holders of a 32 MB object in gentle layers is killed with SIGKILL; nobody who
 * could read it is there. All are real processes on one local network, and bytes are those on the
 * wire with everything around them, less what the same bed sends while nothing happens.
 */
export async function healingRows({ full }: BenchOptions): Promise<BenchRow[]> {
  const ids = [
    ["store.healing.seconds", "s"],
    ["store.healing.traffic", "x"],
    ["store.healing.read-keys", "keys"],
  ] as const;
  const reason = whyNoNamespaces();
  if (reason !== undefined) {
    const note = `without network namespaces: ${reason}`;
    return ids.map(([id, unit]) => ({ ...benchRow(id, null, unit), note }));
  }
  const agents = full ? AGENTS.full : AGENTS.reduced;
  const found = await measure(agents);
  const load = `load ${(loadavg()[0] ?? 0).toFixed(1)} on ${availableParallelism()} cores`;
  const about =
    `${agents} agents with ${FRAGMENTS} fragments, ${LOST} of these killed; ${found.made} made by ` +
    `${found.healers}, ${found.alive} alive afterwards; ${load}`;
  const gross = found.sentBytes / OBJECT_BYTES;
  const net = (found.sentBytes - found.idleBytes) / OBJECT_BYTES;
  const isWhole = found.alive === FRAGMENTS;
  const notes = [
    `from the kill on, ${PACE.deadAfterSeconds} s of them until the dead count as dead; ${about}`,
    `${gross.toFixed(2)} with what an idle bed sends in that time; ${about}`,
    `homes of agents searched for the read key; it is found in the publisher's: ${found.keyFoundAtPublisher}`,
  ];
  const values = [found.tookMs / 1000, net, found.keyFound ? 1 : 0];
  return ids.map(([id, unit], i) => ({
    ...benchRow(id, isWhole ? (values[i] ?? null) : null, unit),
    note: notes[i] ?? "",
    ...(full ? {} : { reduced: true }),
  }));
}
