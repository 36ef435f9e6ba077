import { toHex } from "../base/bytes.ts";
import type { CryptoSuite } from "../crypto/index.ts";
import type { Random } from "../ports/index.ts";
import type { Mesh } from "./mesh.fixture.ts";

/** A link between two places with its cost in both directions. */
export interface Edge {
  readonly a: number;
  readonly b: number;
  readonly cost: number;
  readonly costBack: number;
}

/** A link that costs the same both ways. */
export function edge(a: number, b: number, cost = 1, costBack: number = cost): Edge {
  return { a, b, cost, costBack };
}

/** Places 0 … n-1 in a row. */
export function chain(n: number, cost = 10): Edge[] {
  return Array.from({ length: n - 1 }, (_, i) => edge(i, i + 1, cost + i));
}

/** Places 0 … n-1 in a circle. */
export function ring(n: number, cost = 10): Edge[] {
  return [...chain(n, cost), edge(n - 1, 0, cost)];
}

/** A square of places with links to right and down. */
export function grid(width: number, height: number, random: Random): Edge[] {
  const edges: Edge[] = [];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = y * width + x;
      if (x + 1 < width) edges.push(edge(at, at + 1, 1 + (random.u32() % 100)));
      if (y + 1 < height) edges.push(edge(at, at + width, 1 + (random.u32() % 100)));
    }
  }
  return edges;
}

/** A connected random graph: a random tree and `extra` more links, costs differing both ways. */
export function randomGraph(n: number, extra: number, random: Random): Edge[] {
  const edges = new Map<string, Edge>();
  const add = (a: number, b: number): void => {
    const [low, high] = a < b ? [a, b] : [b, a];
    if (low === high || edges.has(`${low}-${high}`)) return;
    const cost = 1 + (random.u32() % 300);
    edges.set(`${low}-${high}`, edge(low, high, cost, Math.max(1, cost + (random.u32() % 9) - 4)));
  };
  for (let i = 1; i < n; i++) add(i, random.u32() % i);
  for (let i = 0; i < extra; i++) add(random.u32() % n, random.u32() % n);
  return [...edges.values()];
}

/** Least sums of cost from one place to all others; Infinity where there is no way. */
export function dijkstra(n: number, edges: readonly Edge[], from: number): number[] {
  const distance = Array<number>(n).fill(Number.POSITIVE_INFINITY);
  const done = Array<boolean>(n).fill(false);
  const ways = Array.from({ length: n }, (): (readonly [number, number])[] => []);
  for (const { a, b, cost, costBack } of edges) {
    ways[a]?.push([b, cost]);
    ways[b]?.push([a, costBack]);
  }
  distance[from] = 0;
  for (let at = from; at >= 0; at = nearestOpen(distance, done)) {
    done[at] = true;
    for (const [to, cost] of ways[at] ?? []) {
      distance[to] = Math.min(distance[to] ?? 0, (distance[at] ?? 0) + cost);
    }
  }
  return distance;
}

function nearestOpen(distance: readonly number[], done: readonly boolean[]): number {
  let nearest = -1;
  let least = Number.POSITIVE_INFINITY;
  distance.forEach((far, place) => {
    if (done[place] === true || far >= least) return;
    nearest = place;
    least = far;
  });
  return nearest;
}

/** Lays all links of a graph. */
export function joinAll(mesh: Mesh, edges: readonly Edge[], delayMs = 1): void {
  for (const { a, b, cost, costBack } of edges) mesh.join(a, b, cost, delayMs, costBack);
}

/** Pairs whose route is not exactly the shortest, as "from>to found/right"; empty when all is well. */
export function wrongRoutes(mesh: Mesh, edges: readonly Edge[]): string[] {
  const wrong: string[] = [];
  const n = mesh.routers.length;
  for (let from = 0; from < n; from++) {
    const right = dijkstra(n, edges, from);
    const found = Array<number>(n).fill(Number.POSITIVE_INFINITY);
    for (const { destination, metric } of mesh.router(from).routes()) {
      if (mesh.router(from).nextHop(destination) !== undefined) {
        found[mesh.place(destination)] = metric;
      }
    }
    found[from] = 0;
    for (let to = 0; to < n; to++) {
      if (found[to] !== right[to]) wrong.push(`${from}>${to} ${found[to]}/${right[to]}`);
    }
  }
  return wrong;
}

/**
 * A destination and the place at which following next hops came round; undefined: no loop.
 * @param liar a place that is not bound by any rule, where ways end
 */
export function findLoop(mesh: Mesh, liar = -1): string | undefined {
  const n = mesh.routers.length;
  for (let to = 0; to < n; to++) {
    const id = mesh.id(to);
    const next = mesh.routers.map((router, place) => {
      if (place === liar) return -1;
      const hop = router.nextHop(id);
      return hop === undefined ? -1 : mesh.place(hop);
    });
    const visited = Array<number>(n).fill(-1);
    for (let start = 0; start < n; start++) {
      let at = start;
      while (at >= 0 && at !== to && visited[at] === -1) {
        visited[at] = start;
        at = next[at] ?? -1;
      }
      if (at >= 0 && at !== to && visited[at] === start) return `to ${to} round ${at}: ${next}`;
    }
  }
  return undefined;
}

/** The same suite, but a signature that was checked once is not checked again. */
export function remembering(suite: CryptoSuite): CryptoSuite {
  const checked = new Map<string, boolean>();
  return {
    fastAead: "chacha20-poly1305",
    sha256: (...parts) => suite.sha256(...parts),
    hmacSha256: (key, ...parts) => suite.hmacSha256(key, ...parts),
    signingKey: (seed) => suite.signingKey(seed),
    dhKey: (secret) => suite.dhKey(secret),
    aead: (name, key) => suite.aead(name, key),
    verify: (publicKey, message, signature) => {
      const key = toHex(suite.sha256(publicKey, message, signature));
      let good = checked.get(key);
      if (good === undefined) {
        good = suite.verify(publicKey, message, signature);
        checked.set(key, good);
      }
      return good;
    },
  };
}
