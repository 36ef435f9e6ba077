import { availableParallelism, loadavg } from "node:os";
import { waitUntil, whyNoNamespaces } from "../../test/netns/lab.ts";
import { pause } from "../routing/netns-rig.ts";
import { type BenchOptions, type BenchRow, benchRow } from "../row.ts";
import { Bed, type BedPace } from "./healing-bed.ts";

const FRAGMENTS = 40;
/** A quarter of the holders is killed. */
const LOST = 10;
const OBJECT_BYTES = 8e6;
const PACE: BedPace = { deadAfterSeconds: 10, watchSeconds: 30, turnSeconds: 3 };
const START_MS = 180_000;
const HEAL_MS = 120_000;
/** How long the bed is watched doing nothing, and after the healing. */
const IDLE_MS = 15_000;
const AGENTS = { full: 40, reduced: 10 };

/** What came of one round. */
interface Healed {
  readonly tookMs: number;
  /** Bytes that stores sent to each other from the kill until all was still. */
  readonly storeBytes: number;
  /** Bytes on the wire in that time, and what an idle bed sends in as long. */
  readonly wireBytes: number;
  readonly idleWireBytes: number;
  readonly lost: number;
  readonly alive: number;
  readonly healers: number;
  readonly made: number;
  readonly keyFound: boolean;
  readonly keyFoundAtPublisher: boolean;
}

/**
 * Kills holders until a quarter of the fragments is gone.
 * @param lost so many are already
 * @returns how many are gone
 */
async function killHolders(bed: Bed, lost: number): Promise<number> {
  let gone = lost;
  for (const [place, count] of (await bed.fragments()).entries()) {
    const host = bed.agents[place];
    if (gone >= LOST) break;
    if (host === undefined || count === 0) continue;
    bed.kill(host);
    gone += count;
  }
  return gone;
}

async function measure(agents: number): Promise<Healed> {
  const bed = new Bed(agents, PACE);
  try {
    if (!(await bed.start(START_MS))) throw new RangeError("the agents do not see each other");
    const { root, readKey, own } = await bed.publish(OBJECT_BYTES, FRAGMENTS);
    // Let holders ask each other once, as they would have long since in life.
    await pause(1_000 * 1.5 * PACE.watchSeconds);
    const idleFrom = bed.wireBytes();
    await pause(IDLE_MS);
    const idleRate = (bed.wireBytes() - idleFrom) / IDLE_MS;

    const killedAtMs = performance.now();
    const lost = await killHolders(bed, own);
    const wireFrom = bed.wireBytes();
    const { sentBytes: storeFrom } = await bed.sums();
    const isWhole = async (): Promise<boolean> => {
      const { fragments, healed } = await bed.sums();
      return healed > 0 && fragments >= FRAGMENTS;
    };
    const tookMs = await waitUntil(isWhole, HEAL_MS, 500);
    if (tookMs === undefined) {
      throw new RangeError(`not healed after ${HEAL_MS} ms: ${JSON.stringify(await bed.sums())}`);
    }
    await pause(IDLE_MS);
    const wireBytes = bed.wireBytes() - wireFrom;
    const idleWireBytes = idleRate * (performance.now() - killedAtMs);
    const { healed, made, sentBytes } = await bed.sums();
    const [first] = bed.living;
    const { alive } = first ? await bed.health(first, root) : { alive: 0 };
    return {
      ...{ tookMs, storeBytes: sentBytes - storeFrom, wireBytes, idleWireBytes },
      ...{ lost, alive, healers: healed, made },
      keyFound: bed.keepsAnywhere(readKey),
      keyFoundAtPublisher: bed.publisherKeeps(readKey),
    };
  } finally {
    await bed.remove();
  }
}

const times = (bytes: number): string => (bytes / OBJECT_BYTES).toFixed(2);

/**
 * A quarter of the holders of an object in gentle layers is killed with SIGKILL; nobody who could
 * read it is there. All are real processes on one local network. Traffic is what the stores of
 * all agents sent to each other, questions and claims included; the note has the wire's count,
 * which a busy machine swells with repeated frames and news of ways.
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
    `${agents} agents with ${FRAGMENTS} fragments of ${OBJECT_BYTES / 1e6} MB, ${found.lost} of these ` +
    `killed; ${found.made} made by ${found.healers}, ${found.alive} alive afterwards; ${load}`;
  const notes = [
    `from the kill on, ${PACE.deadAfterSeconds} s of them until the dead count as dead; ${about}`,
    `on the wire ${times(found.wireBytes)}, of which an idle bed sends ${times(found.idleWireBytes)}; ${about}`,
    `homes of agents searched for the read key; in the publisher's it is found: ${found.keyFoundAtPublisher}`,
  ];
  const values = [
    found.tookMs / 1000,
    found.storeBytes / OBJECT_BYTES,
    found.keyFoundAtPublisher ? Number(found.keyFound) : null,
  ];
  return ids.map(([id, unit], i) => ({
    ...benchRow(id, found.alive === FRAGMENTS ? (values[i] ?? null) : null, unit),
    note: notes[i] ?? "",
    ...(full ? {} : { reduced: true }),
  }));
}
