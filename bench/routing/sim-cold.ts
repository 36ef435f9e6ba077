import { bumpSeqno } from "../../src/simulation/mesh/bump.ts";
import { layGraph } from "../../src/simulation/mesh/lay.ts";
import { drawPairs, packetStretch } from "../../src/simulation/mesh/stretch.ts";
import { MeshWorld } from "../../src/simulation/mesh/world.ts";
import type { BenchRow } from "../row.ts";
import { asked, cpuMs, generatedGraph, notedRow, suiteFor, tell } from "./sim-kit.ts";

const PEERS = 1_000;
/** Further time in which everything that was still under way or held back is counted, too. */
const AFTER_MS = 30_000;
const SPARSE_CHANGES = 10;
/** Until the last change has reached everybody, as is looked at: each hop may hold it for 5 s. */
const AFTER_CHANGES_MS = 120_000;
/** Links as homes have them. */
const LINK = { bitsPerSecond: 10_000_000 };

/** 1,000 peers that all start at once, and then go on announcing one change per second. */
export function coldRows(): BenchRow[] {
  const n = asked.n ?? PEERS;
  const suite = suiteFor(n);
  const world = new MeshWorld({ seed: asked.seed, suite, size: n });
  const graph = generatedGraph("random", n, asked.seed);
  let convergedMs: number | undefined;
  const coldCpuMs = cpuMs(() => {
    layGraph(world, graph, LINK);
    convergedMs = world.runUntil(() => isWhole(world), 120_000);
    world.run(AFTER_MS);
  });
  const perLink = world.carried().controlBytes / graph.links.length;
  const sample = packetStretch(world, drawPairs(world, world.random.fork("pairs"), 500));
  const cpu = changesCpu(world);
  tell("cold start", world, suite);
  const arrived = `${sample.delivered} of ${sample.pairs} sampled packets arrive`;
  const note = `${n} peers, random graph of mean degree 8, 10 Mbit/s per link, ${arrived}`;
  const cold = `${(coldCpuMs / n).toFixed(1)} ms of CPU per peer for the whole start`;
  const reduced = n < PEERS;
  const seconds = convergedMs === undefined ? null : convergedMs / 1_000;
  return [
    notedRow("routing.cold1000.converged.s", seconds, "s", `${note}; ${cold}`, reduced),
    notedRow("routing.cold1000.link.kB", perLink / 1_000, "kB", `${note}; both ways`, reduced),
    notedRow("routing.cpu1000.percent", cpu.percent, "%", cpu.note, reduced),
  ];
}

/** Whether every peer says that it reaches every other. */
export function isWhole(world: MeshWorld): boolean {
  const others = world.places.length - 1;
  return world.places.every(({ reachable }) => reachable === others);
}

/**
 * CPU of one router at n origins of which each announces something new once per second: for a fifth
 * of a second the whole mesh really lives at that rate, n announcements per second. The same once
 * more at one announcement per second in the whole mesh, for those who read the goal that way.
 */
function changesCpu(world: MeshWorld): { readonly percent: number; readonly note: string } {
  const n = world.places.length;
  const dense = changesCpuMs(world, Math.ceil(n / 5), 1_000 / n, 0);
  const sparse = changesCpuMs(world, SPARSE_CHANGES, 1_000, dense.next);
  const share = (perChangeMs: number, perSecond: number): number => (perChangeMs * perSecond) / 10;
  return {
    percent: share(dense.perChangeMs, n),
    note:
      `${n} origins of which each makes 1 change/s: ${(1_000 * dense.perChangeMs).toFixed(1)} us per ` +
      `router and change; at 1 change/s in the whole mesh ${(1_000 * sparse.perChangeMs).toFixed(1)} us, ` +
      `which is ${share(sparse.perChangeMs, 1).toPrecision(2)} %`,
  };
}

/** CPU per router and change beyond that of rest, with so many changes so far apart. */
function changesCpuMs(
  world: MeshWorld,
  changes: number,
  gapMs: number,
  first: number,
): { readonly perChangeMs: number; readonly next: number } {
  const n = world.places.length;
  const restMs = cpuMs(() => world.run(changes * gapMs + AFTER_CHANGES_MS));
  const busyMs = cpuMs(() => {
    for (let change = first; change < first + changes; change++) {
      bumpSeqno(world, change % n);
      world.run(gapMs);
    }
    world.run(AFTER_CHANGES_MS);
  });
  for (let change = first; change < first + changes; change++) {
    if (!isEverywhere(world, change % n)) throw new Error(`Change ${change} has not arrived.`);
  }
  return { perChangeMs: Math.max(0, busyMs - restMs) / changes / n, next: first + changes };
}

/** Whether every peer's way to an origin goes by the number that is in force there. */
function isEverywhere(world: MeshWorld, origin: number): boolean {
  const { id } = world.place(origin);
  const seqno = world.router(origin).ownSeqno;
  return world.places.every(({ number }) => {
    if (number === origin) return true;
    const { routes } = world.router(number).explain(id);
    return routes.some((route) => route.selected && route.seqno === seqno);
  });
}
