import { shuffled } from "../../src/simulation/dice.ts";
import type { Graph } from "../../src/simulation/graphs.ts";
import { Components } from "../../src/simulation/link-set.ts";
import { layGraph } from "../../src/simulation/mesh/lay.ts";
import { drawPairs, type Pair } from "../../src/simulation/mesh/stretch.ts";
import { MeshWorld } from "../../src/simulation/mesh/world.ts";
import type { BenchRow } from "../row.ts";
import { asked, generatedGraph, notedRow, suiteFor, tell } from "./sim-kit.ts";

const PEERS = 400;
const PAIRS = 300;
const SERVICE = "blackhole probe";
const PATIENCE_MS = 5_000;

/** Sessions through a mesh of which a tenth, or a fifth, swallows what it should pass on. */
export function blackholeRows(): BenchRow[] {
  return [10, 20].map((percent) => {
    const { delivered, pairs, note } = blackholes(percent / 100);
    const value = pairs === 0 ? null : (100 * delivered) / pairs;
    const reduced = (asked.n ?? PEERS) < PEERS;
    return notedRow(`routing.blackhole.${percent}.percent`, value, "%", note, reduced);
  });
}

interface Outcome {
  readonly delivered: number;
  readonly pairs: number;
  readonly note: string;
}

/** Every peer is honest until all have found each other; then some begin to swallow. */
function blackholes(share: number): Outcome {
  const n = asked.n ?? PEERS;
  const suite = suiteFor(n);
  const graph = generatedGraph("random", n, asked.seed);
  const arrivedMs = new Map<string, number>();
  const world: MeshWorld = new MeshWorld({
    ...{ seed: asked.seed, suite, size: n },
    onSession: (place, session) => {
      session.serve(SERVICE, (stream, from) => ({
        onData: (bytes) => {
          stream.consume(bytes.length);
          const key = `${world.placeOf(from.id)}-${place}`;
          if (!arrivedMs.has(key)) arrivedMs.set(key, world.nowMs);
        },
        ...SILENT,
      }));
    },
  });
  layGraph(world, graph);
  world.run(30_000);
  const dark = new Set(shuffled(world.random.fork("dark"), n).slice(0, Math.round(n * share)));
  for (const place of dark) world.place(place).swallows = 1;
  const pairs = honestPairs(world, graph, dark);
  const times = pairs.map((pair) => openOne(world, pair, arrivedMs));
  tell(`blackholes ${share}`, world, suite);
  const sorted = times.filter((ms) => ms !== undefined).sort((a, b) => a - b);
  const p99 = sorted[Math.ceil(0.99 * sorted.length) - 1];
  const note =
    `${sorted.length} of ${pairs.length} sessions with an honest path among ${n} peers, ` +
    `${dark.size} of them dark; p99 of those ${p99?.toFixed(0) ?? "-"} ms`;
  return { delivered: sorted.length, pairs: pairs.length, note };
}

/** Pairs of honest peers that are joined by honest relays. */
function honestPairs(world: MeshWorld, graph: Graph, dark: ReadonlySet<number>): Pair[] {
  const honest = graph.links.filter(([a, b]) => !dark.has(a) && !dark.has(b));
  const parts = new Components(graph.size, honest);
  const beside = new Set(graph.links.map(([a, b]) => `${a}-${b}`));
  return drawPairs(world, world.random.fork("pairs"), 4 * PAIRS)
    .filter(([a, b]) => !dark.has(a) && !dark.has(b) && parts.of(a) === parts.of(b))
    .filter(([a, b]) => !beside.has(`${a}-${b}`) && !beside.has(`${b}-${a}`))
    .slice(0, PAIRS);
}

/** Milliseconds until the first bytes of a new session have arrived; undefined: too late or never. */
function openOne(
  world: MeshWorld,
  [from, to]: Pair,
  arrivedMs: ReadonlyMap<string, number>,
): number | undefined {
  const key = `${from}-${to}`;
  const startMs = world.nowMs;
  world.act(from, ({ session }) => {
    const stream = session?.openStream(world.place(to).id, SERVICE, {
      onData: () => {},
      ...SILENT,
    });
    stream?.write(Uint8Array.of(1, 2, 3, 4));
  });
  world.runUntil(() => arrivedMs.has(key), PATIENCE_MS);
  const atMs = arrivedMs.get(key);
  return atMs === undefined ? undefined : atMs - startMs;
}

const SILENT = { onEnd: (): void => {}, onDrain: (): void => {}, onClose: (): void => {} };
