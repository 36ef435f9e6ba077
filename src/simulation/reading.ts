import { must } from "../base/errors.ts";
import type { Random } from "../ports/random.ts";
import { rootOf } from "../store/index.ts";
import { FRAGMENT_PREFIX } from "../store/records.ts";
import { recordsOn } from "./asking.ts";
import { pick, shuffled } from "./dice.ts";
import { SimulationError } from "./errors.ts";
import { type Graph, isConnected } from "./graphs.ts";
import type { Fetched } from "./object-traffic.ts";
import type { SimPeer } from "./sim-peer.ts";
import type { PutRecord, Traffic } from "./traffic.ts";
import type { World } from "./world.ts";

/** Longest a read may take once nothing goes wrong any more, in virtual milliseconds. */
const READ_MS_MAX = 120_000;

/** Reads objects when nothing goes wrong any more, and after their holders have died. */
export class Reading {
  readonly #world: World;
  readonly #peers: readonly SimPeer[];
  readonly #traffic: Traffic;
  readonly #random: Random;
  readonly #rotten: number;

  /** @param rotten blocks that may not be what they are counted as */
  constructor(
    world: World,
    peers: readonly SimPeer[],
    traffic: Traffic,
    random: Random,
    rotten: number,
  ) {
    this.#world = world;
    this.#peers = peers;
    this.#traffic = traffic;
    this.#random = random;
    this.#rotten = rotten;
  }

  /** Every object comes back at some peer that is up. */
  everyObject(): void {
    const up = this.#peers.filter(({ isUp }) => isUp);
    for (const object of this.#traffic.objects) this.#mustRead(pick(this.#random, up), object);
  }

  /**
   * Kills as many peers as one object's code and the graph allow; it must still come back, and so
   * must every other object of which enough is left. The others must say so, not give wrong bytes.
   * @returns how many peers died
   */
  afterDeaths(graph: Graph, object: PutRecord, settle: () => void): number {
    const dead = this.#victims(graph, object);
    for (const place of dead) must(this.#peers[place], "a peer per place").crash();
    settle();
    const up = this.#peers.filter(({ isUp }) => isUp);
    for (const each of this.#traffic.objects) {
      const alive = unionOf(up, this.#whereabouts(each)).size;
      const by = pick(this.#random, up);
      if (alive >= each.k + this.#rotten) this.#mustRead(by, each);
      else if (alive < each.k) this.#mustSayWhy(by, each);
    }
    return dead.size;
  }

  /** Places that may die together: the object keeps k fragments, and the rest holds together. */
  #victims(graph: Graph, object: PutRecord): ReadonlySet<number> {
    const dead = new Set<number>();
    const whereabouts = this.#whereabouts(object);
    for (const place of shuffled(this.#random, this.#peers.length)) {
      dead.add(place);
      const up = this.#peers.filter((peer) => !dead.has(peer.place));
      const isEnough = unionOf(up, whereabouts).size >= object.k + this.#rotten;
      if (!isEnough || up.length < 2 || !isConnected(graph, (at) => !dead.has(at))) {
        dead.delete(place);
      }
    }
    return dead;
  }

  /** The fragments of an object that every peer has on its disk. */
  #whereabouts(object: PutRecord): Whereabouts {
    const prefix = `${FRAGMENT_PREFIX}${rootOf(object.link)}/`;
    return new Map(
      this.#peers.map((peer) => {
        const found = recordsOn(this.#world, peer, prefix);
        return [peer, found.map(({ key }) => key.slice(prefix.length))];
      }),
    );
  }

  #mustRead(by: SimPeer, object: PutRecord): void {
    const { error, bytes } = this.#read(by, object);
    if (error === undefined) return;
    const words = `place ${by.place} got ${bytes.length} of ${object.bytes.length} bytes`;
    const code = `${object.k}/${object.n} object of place ${object.by.place}`;
    throw new SimulationError("broken-promise", `${words} of a ${code}: ${error.message}`);
  }

  #mustSayWhy(by: SimPeer, object: PutRecord): void {
    const { error } = this.#read(by, object);
    if (error?.code === "not-enough-fragments") return;
    const words = `place ${by.place} says ${error?.code ?? "all is well"} of an object that is lost`;
    throw new SimulationError("broken-promise", words);
  }

  #read(by: SimPeer, object: PutRecord): Fetched {
    const results: Fetched[] = [];
    this.#traffic.fetch(by, object, (fetched) => results.push(fetched));
    this.#world.runUntil(() => results.length > 0, READ_MS_MAX, 50);
    for (const result of results) return result;
    const words = `place ${by.place} has not finished reading after ${READ_MS_MAX} ms`;
    throw new SimulationError("broken-promise", words);
  }
}

type Whereabouts = ReadonlyMap<SimPeer, readonly string[]>;

/** Distinct fragments that these peers have together. */
function unionOf(peers: readonly SimPeer[], whereabouts: Whereabouts): ReadonlySet<string> {
  return new Set(peers.flatMap((peer) => whereabouts.get(peer) ?? []));
}
