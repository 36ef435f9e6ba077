import { createNodeSuite } from "../../src/adapters/node/crypto.ts";
import { spreadBytes, toHex } from "../../src/base/bytes.ts";
import type { RouteInfo } from "../../src/routing/index.ts";
import { rulesFor, spreadCandidates } from "../../src/store/candidates.ts";
import { decodeStripe } from "../../src/store/codecs.ts";
import { ErasureCodec } from "../../src/store/erasure/index.ts";
import { idealHolders } from "../../src/store/placement.ts";
import { type BenchOptions, type BenchRow, benchRow } from "../row.ts";

const PEERS = 1_000;
const REGIONS = [300, 250, 250, 200] as const;
const N = 40;
/** The gentle profile: the coarse whole from any 3, a finer one from any 10, everything from any 20. */
const LAYERS = [
  { k: 3, sizeBytes: 34_000 },
  { k: 10, sizeBytes: 400_000 },
  { k: 20, sizeBytes: 3_566_000 },
] as const;
const [PREVIEW_K, EXACT_K] = [3, 20];
/** Objects, and rounds of loss for each: as many draws as the theory is compared with. */
const SCALE = { full: { objects: 4_000, rounds: 50 }, usual: { objects: 1_000, rounds: 20 } };
/** Every so many objects the fragments are real and decoded. */
const REAL_EVERY = 50;
const SHARD_BYTES = 64;

const suite = createNodeSuite();

/** Repeatable numbers from 0 to below 1 (mulberry32). */
function diceOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A peer of the simulated mesh. */
interface SimulatedPeer {
  readonly id: string;
  readonly region: string;
  /** Where it is on a ring: near peers are near in it, and so are regions. */
  readonly place: number;
}

function makePeers(): SimulatedPeer[] {
  const peers: SimulatedPeer[] = [];
  for (const [region, size] of REGIONS.entries()) {
    for (let i = 0; i < size; i++) {
      const place = peers.length;
      const hash = suite.sha256(Uint8Array.of(place >> 8, place & 255));
      peers.push({ id: `fd${toHex(hash.subarray(1, 16))}`, region: `region ${region}`, place });
    }
  }
  return peers;
}

/** What a publisher sees of the mesh: everybody, nearest first. */
function routesOf(peers: readonly SimulatedPeer[], self: SimulatedPeer): RouteInfo[] {
  const far = ({ place }: SimulatedPeer): number => {
    const apart = Math.abs(place - self.place);
    return Math.min(apart, PEERS - apart);
  };
  const others = peers.filter((peer) => peer !== self).sort((a, b) => far(a) - far(b));
  return others.map((peer) => ({
    ...{ destination: peer.id, metric: far(peer), hops: Math.ceil(far(peer) / 6) },
    ...{ nextHop: peer.id, alternate: undefined, record: undefined as never },
  }));
}

/** Holders of the fragments of one object, as positions among the peers. */
type Placement = readonly number[];

/** Places objects with the store's own code. @param known whether publishers know regions */
function placeAll(peers: readonly SimulatedPeer[], objects: number, known: boolean): Placement[] {
  const byId = new Map(peers.map((peer, position) => [peer.id, position]));
  const regionOf = new Map(peers.map(({ id, region }) => [id, region]));
  const facts = {
    weight: () => 1,
    isHonest: () => true,
    groups: (peer: string) => (known ? [regionOf.get(peer) ?? ""] : []),
  };
  const routes = new Map<number, RouteInfo[]>();
  const placements: Placement[] = [];
  for (let object = 0; object < objects; object++) {
    const place = Math.imul(object, 7_919) % PEERS;
    const self = peers[place];
    if (self === undefined) continue;
    const seen = routes.get(place) ?? routesOf(peers, self);
    routes.set(place, seen);
    const root = suite.sha256(Uint8Array.of(object >> 16, object >> 8, object));
    const candidates = spreadCandidates(self.id, seen, facts, () => false);
    const rules = rulesFor({ n: N, layers: LAYERS }, self.id, seen, facts);
    const holders = idealHolders(suite, root, candidates, N, [], rules);
    placements.push(holders.map((id) => byId.get(id) ?? 0));
  }
  return placements;
}

/** A real stripe of k of n: whether what survives gives its bytes back. */
class RealStripe {
  readonly #codec: ErasureCodec;
  readonly #plain: Uint8Array;
  readonly #shards: readonly Uint8Array[];

  constructor(k: number) {
    this.#codec = new ErasureCodec({ k, n: N, shardBytesMax: SHARD_BYTES });
    this.#plain = Uint8Array.from(
      { length: k * SHARD_BYTES },
      (_, i) => Math.imul(i, 40_503) >>> 7,
    );
    spreadBytes(this.#plain, this.#codec.dataShards(SHARD_BYTES));
    const shards = this.#codec.encode(SHARD_BYTES);
    this.#shards = shards.map((shard) => shard.slice());
  }

  comesBack(alive: readonly number[]): boolean {
    if (alive.length < this.#codec.k) return false;
    const shards = new Map(alive.map((index) => [index, this.#shards[index] ?? new Uint8Array()]));
    const got = decodeStripe(this.#codec, shards, SHARD_BYTES, this.#plain.length);
    return Buffer.compare(got, this.#plain) === 0;
  }
}

/** How many of the draws left the preview and everything readable. */
interface Survival {
  readonly preview: number;
  readonly exact: number;
  readonly draws: number;
  /** Draws in which real fragments were decoded. */
  readonly real: number;
}

/** @param isDead whether a peer is gone, in a round */
function survive(
  placements: readonly Placement[],
  rounds: number,
  isDead: (round: number) => (peer: number) => boolean,
): Survival {
  const found = { preview: 0, exact: 0, draws: 0, real: 0 };
  const stripes = { preview: new RealStripe(PREVIEW_K), exact: new RealStripe(EXACT_K) };
  for (let round = 0; round < rounds; round++) {
    const dead = isDead(round);
    for (const [object, holders] of placements.entries()) {
      const alive = [...holders.keys()].filter((index) => !dead(holders[index] ?? 0));
      const isReal = object % REAL_EVERY === round % REAL_EVERY;
      if (isReal) found.real++;
      const reads = (k: number, stripe: RealStripe): boolean =>
        isReal ? stripe.comesBack(alive) : alive.length >= k;
      found.draws++;
      if (reads(PREVIEW_K, stripes.preview)) found.preview++;
      if (reads(EXACT_K, stripes.exact)) found.exact++;
    }
  }
  return found;
}

/** So large a share of the peers is gone, any as likely as any other. */
function randomLoss(share: number, seed: number): (round: number) => (peer: number) => boolean {
  return (round) => {
    const dice = diceOf(seed + 7_001 * round);
    const order = Array.from({ length: PEERS }, (_, peer) => ({ peer, at: dice() }));
    const lost = order.sort((a, b) => a.at - b.at).slice(0, share * PEERS);
    const dead = new Set(lost.map(({ peer }) => peer));
    return (peer) => dead.has(peer);
  };
}

/** The chance that at least k of N live, each with chance p, in percent. */
function binomialPercent(k: number, p: number): number {
  let sum = 0;
  let term = (1 - p) ** N;
  for (let x = 0; x <= N; x++) {
    if (x >= k) sum += term;
    term *= ((N - x) / (x + 1)) * (p / (1 - p));
  }
  return 100 * sum;
}

const percent = (part: number, { draws }: Survival): number => (100 * part) / draws;

/**
 * 1,000 simulated peers on a ring in four regions; objects are placed by the store's own code in
 * the gentle profile, one fragment per holder, and peers are lost. Of a sample the fragments are
 * real and decoded. Regions are known to publishers; the notes tell what becomes of it without.
 */
export async function survivalRows({ full }: BenchOptions): Promise<BenchRow[]> {
  const { objects, rounds } = full ? SCALE.full : SCALE.usual;
  const peers = makePeers();
  const placements = placeAll(peers, objects, true);
  const blind = placeAll(peers, objects, false);
  const half = survive(placements, rounds, randomLoss(0.5, 1));
  const most = survive(placements, rounds, randomLoss(0.8, 2));
  const nearly = survive(placements, rounds, randomLoss(0.9, 3));
  const cut = (_: number) => (peer: number) => peers[peer]?.region === "region 0";
  const region = survive(placements, 1, cut);
  const blindRegion = survive(blind, 1, cut);
  const theory = binomialPercent(EXACT_K, 0.5);
  const exact = percent(half.exact, half);
  const note = ({ draws, real }: Survival, k: number, p: number): string =>
    `${draws} draws, ${real} of them decoded from real fragments; theory ${binomialPercent(k, p).toFixed(4)} %`;
  const rows: [string, number, string, string][] = [
    ["half.preview", percent(half.preview, half), "%", note(half, PREVIEW_K, 0.5)],
    [
      "half.exact-off-theory",
      Math.abs(exact - theory),
      "points",
      `${exact.toFixed(2)} % exact; ${note(half, EXACT_K, 0.5)}`,
    ],
    ["80.preview", percent(most.preview, most), "%", note(most, PREVIEW_K, 0.2)],
    ["90.preview", percent(nearly.preview, nearly), "%", note(nearly, PREVIEW_K, 0.1)],
    [
      "region.exact",
      percent(region.exact, region),
      "%",
      `${REGIONS[0]} of ${PEERS} peers gone at once, ${region.draws} objects of publishers everywhere; ` +
        `${percent(blindRegion.exact, blindRegion).toFixed(1)} % where publishers know of no regions ` +
        "and take the nearest peers",
    ],
  ];
  return rows.map(([id, value, unit, words]) => ({
    ...benchRow(`store.survival.${id}`, value, unit),
    note: words,
  }));
}
