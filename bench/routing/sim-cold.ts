import { bumpSeqno } from "../../src/simulation/mesh/bump.ts";
import { layGraph } from "../../src/simulation/mesh/lay.ts";
import { drawPairs, packetStretch } from "../../src/simulation/mesh/stretch.ts";
import { MeshWorld } from "../../src/simulation/mesh/world.ts";
import { type BenchRow, median } from "../row.ts";
import { asked, cpuMs, generatedGraph, notedRow, suiteFor, tell } from "./sim-kit.ts";

const PEERS = 1_000;
/** Further time in which everything that was still under way or held back is counted, too. */
const AFTER_MS = 30_000;
const SPARSE_CHANGES = 10;
/** Until numbers come as fast from the farthest as they ever will: some hops of a step each. */
const BEFORE_MS = 40_000;
const COUNTED_MS = 10_000;
/** Pairs of which it is asked how old the number is by which one goes to the other. */
const PAIRS_BEHIND = 5_000;
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
 * CPU of one router while each of n origins announces something new once per second, second after second. In the
 * note the same of numbers that come once and not again, at that rate for a fifth of a second, and at one
 * announcement per second in the whole mesh, for those who read the goal that way.
 */
function changesCpu(world: MeshWorld): { readonly percent: number; readonly note: string } {
  const n = world.places.length;
  const dense = changesCpuMs(world, Math.ceil(n / 5), 1_000 / n, 0);
  const sparse = changesCpuMs(world, SPARSE_CHANGES, 1_000, dense.next);
  const share = (perChangeMs: number, perSecond: number): number => (perChangeMs * perSecond) / 10;
  const { percent, behind } = steady(world);
  return {
    percent,
    note:
      `${n} origins of which each makes 1 change/s for ${(BEFORE_MS + COUNTED_MS) / 1_000} s, the last ` +
      `${COUNTED_MS / 1_000} counted, and routes go by numbers of ${behind.median} s before in the middle and ` +
      `${behind.most} s at most; ${(1_000 * dense.perChangeMs).toFixed(1)} us per router and change that comes ` +
      `alone (so many of them would be ${share(dense.perChangeMs, n).toPrecision(2)} %); at 1 change/s in the whole ` +
      `mesh ${(1_000 * sparse.perChangeMs).toFixed(1)} us, which is ${share(sparse.perChangeMs, 1).toPrecision(2)} %`,
  };
}

/** Share of a core that one router needs beyond that of rest, all origins changing each second. */
function steady(world: MeshWorld): { readonly percent: number; readonly behind: Behind } {
  const n = world.places.length;
  const restMs = cpuMs(() => world.run(COUNTED_MS));
  changeInTurns(world, BEFORE_MS);
  const busyMs = cpuMs(() => changeInTurns(world, COUNTED_MS));
  const behind = numbersBehind(world);
  world.run(AFTER_CHANGES_MS);
  for (let origin = 0; origin < n; origin++) {
    if (!isEverywhere(world, origin)) throw new Error(`A number of ${origin} has not arrived.`);
  }
  return { percent: (100 * Math.max(0, busyMs - restMs)) / n / COUNTED_MS, behind };
}

/** By how many numbers, and so seconds, routes are behind what is in force at their origins. */
interface Behind {
  readonly median: number;
  readonly most: number;
}

function numbersBehind(world: MeshWorld): Behind {
  const all = drawPairs(world, world.random.fork("behind"), PAIRS_BEHIND).map(([from, to]) => {
    const { routes } = world.router(from).explain(world.place(to).id);
    const seqno = routes.find(({ selected }) => selected)?.seqno ?? 0;
    return world.router(to).ownSeqno - seqno;
  });
  return { median: median(all) ?? 0, most: Math.max(...all) };
}

/** All origins in turns, each once per second. */
function changeInTurns(world: MeshWorld, forMs: number): void {
  const n = world.places.length;
  for (let change = 0; change < (n * forMs) / 1_000; change++) {
    bumpSeqno(world, change % n);
    world.run(1_000 / n);
  }
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
