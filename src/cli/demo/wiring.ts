/** Draws numbers from a seed (mulberry32, Tommy Ettinger 2017): only wires the demo, guards nothing. */
export function seededDraw(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

/** A link between two of the demo's peers, by index. */
export type Edge = readonly [number, number];

/** Hops from `start` to every peer; Infinity where there is no way. `gone` peers do not relay. */
export function hopsFrom(
  start: number,
  count: number,
  edges: readonly Edge[],
  gone: ReadonlySet<number> = new Set(),
): readonly number[] {
  const hops = new Array<number>(count).fill(Number.POSITIVE_INFINITY);
  if (gone.has(start)) return hops;
  hops[start] = 0;
  const queue = [start];
  for (const peer of queue) {
    for (const [a, b] of edges) {
      const other = a === peer ? b : b === peer ? a : undefined;
      if (other === undefined || gone.has(other) || hops[other] !== Number.POSITIVE_INFINITY)
        continue;
      hops[other] = (hops[peer] ?? 0) + 1;
      queue.push(other);
    }
  }
  return hops;
}

/** Whether all peers that are not gone reach each other. */
export function isConnected(
  count: number,
  edges: readonly Edge[],
  gone: ReadonlySet<number>,
): boolean {
  const start = [...Array(count).keys()].find((peer) => !gone.has(peer));
  if (start === undefined) return false;
  const hops = hopsFrom(start, count, edges, gone);
  return hops.every((value, peer) => gone.has(peer) || Number.isFinite(value));
}

/**
 * A small mesh as neighbours would build it: two rows of houses, linked along and across, a few
 * links missing and one diagonal added. Peer 0 and peer count-1 are the ends, at least 4 hops apart.
 */
export function wireNeighbourhood(count: number, draw: (below: number) => number): readonly Edge[] {
  const columns = count / 2;
  let edges: Edge[] = [];
  for (let column = 0; column < columns; column++) {
    edges.push([2 * column, 2 * column + 1]);
    if (column + 1 < columns)
      edges.push([2 * column, 2 * column + 2], [2 * column + 1, 2 * column + 3]);
  }
  for (let tries = 0; tries < 2; tries++) {
    const fewer = edges.toSpliced(draw(edges.length), 1);
    if (survivesAnyLoss(count, fewer)) edges = fewer;
  }
  const column = draw(columns - 1);
  return [...edges, [2 * column, 2 * column + 3]];
}

function survivesAnyLoss(count: number, edges: readonly Edge[]): boolean {
  return [...Array(count).keys()].every((peer) => isConnected(count, edges, new Set([peer])));
}

/**
 * Picks whom to kill: `howMany` peers, none of `spared`, at least one of `preferred` (the relays in
 * use), such that the others still reach each other.
 */
export function pickVictims(options: {
  readonly count: number;
  readonly edges: readonly Edge[];
  readonly howMany: number;
  readonly spared: ReadonlySet<number>;
  readonly preferred: readonly number[];
  readonly draw: (below: number) => number;
}): readonly number[] | undefined {
  const { count, edges, howMany, spared, preferred, draw } = options;
  for (let tries = 0; tries < 10_000; tries++) {
    const gone = new Set<number>();
    const first = preferred[draw(Math.max(1, preferred.length))];
    if (first !== undefined && !spared.has(first)) gone.add(first);
    while (gone.size < howMany) {
      const victim = draw(count);
      if (!spared.has(victim)) gone.add(victim);
    }
    if (isConnected(count, edges, gone)) return [...gone];
  }
  return undefined;
}
