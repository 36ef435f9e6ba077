import { utf8 } from "../../base/bytes.ts";
import { must } from "../../base/errors.ts";
import type { CryptoSuite } from "../../crypto/index.ts";
import type { Random } from "../../ports/random.ts";
import type { HealingOptions } from "../../store/index.ts";
import { between, pick, shuffled } from "../dice.ts";
import { SimulationError } from "../errors.ts";
import { CALM_MS_MAX, SIM_QUOTA_BYTES } from "../limits.ts";
import { createMemoSuite } from "../memo-suite.ts";
import type { DiskDefect } from "../sim-disk.ts";
import { SimPeer } from "../sim-peer.ts";
import { VirtualNetwork } from "../virtual-network.ts";
import { World } from "../world.ts";
import { archipelago } from "./archipelago.ts";
import { SharedFolder } from "./shared-folder.ts";
import { type Looks, Shelf } from "./shelf.ts";

/** One seeded run of a network that falls into islands. All but seed and suite have defaults. */
export interface IslandsOptions {
  readonly seed: number;
  readonly suite: CryptoSuite;
  /** Peers on each island. */
  readonly sizes?: readonly number[];
  /** Members of the folder on each island. */
  readonly writers?: number;
  /** Objects put before, and on each island during the cut. */
  readonly objects?: number;
  /** Files that each member writes during the cut, besides what all write at the same path. */
  readonly files?: number;
  /** How long the islands are apart while people write, in virtual milliseconds. */
  readonly cutMs?: number;
  /** Bytes that every peer of an island keeps for others; as peers of the simulator do where left out. */
  readonly quotaBytes?: readonly (number | undefined)[];
  /** How lost fragments are made anew; as in life where nothing is said. */
  readonly healing?: HealingOptions;
  /** A deliberate defect of every peer's disk, to show that the counts notice. */
  readonly defect?: DiskDefect;
}

/** What became of all that was promised. */
export interface IslandsResult {
  readonly seed: number;
  readonly peers: number;
  /** Writes of folder and objects that were acknowledged while the islands were apart. */
  readonly acknowledged: number;
  /** Of all acknowledged writes, those that somebody entitled to them cannot find or read whole. */
  readonly lost: number;
  /** Versions kept beside the one under the name. */
  readonly conflictCopies: number;
  /** Everybody looks at each object put before, while cut off. */
  readonly cutOff: Looks;
  /** Everybody looks at each object, after the islands have found each other. */
  readonly healed: Looks;
  /** Fewest different fragments of an object put before on one island. */
  readonly fewestFragments: number;
  /** Fragments that peers made anew since they took others for dead. */
  readonly made: number;
  /** Virtual milliseconds after the heal until everybody saw everybody, and until all had all of the folder. */
  readonly calmMs: { readonly routed: number; readonly settled: number };
  /** Events that the world ran. */
  readonly events: number;
}

/** Bytes of files: in the entry, in a bundle, an object of its own. */
const FILE_BYTES = [300, 3_000, 20_000, 80_000] as const;
/** What every member writes, whatever the others do. */
const SHARED_PATHS = ["plan.txt", "budget.csv"] as const;
/** What one island removes while the others go on writing it. */
const TORN_PATH = "torn.txt";
/** A peer that crashed comes back after so long, in virtual milliseconds. */
const AWAY_MS = 3_000;
/** Rest before the cut, in virtual milliseconds; defective disks forget what is younger. */
const REST_MS = 6_000;

/**
 * Runs one seed: whole peers on a network of islands share a folder and put objects; the cables
 * between the islands are cut, on each island people write, read, and lose a machine for a moment;
 * the cables come back. Counted is what is not there afterwards. The same options give the same run.
 * @throws SimulationError where a peer throws, or the islands never find each other again
 */
export function runIslands(options: IslandsOptions): IslandsResult {
  return new IslandsRun(options).run();
}

class IslandsRun {
  readonly #options: IslandsOptions;
  readonly #world: World;
  readonly #random: Random;
  readonly #network: VirtualNetwork;
  readonly #peers: readonly SimPeer[];
  readonly #islands: readonly (readonly SimPeer[])[];
  readonly #islandOf: readonly number[];
  readonly #folder: SharedFolder;
  readonly #shelf: Shelf;
  #files = 0;

  constructor(options: IslandsOptions) {
    const { seed, sizes = [12, 12, 12], quotaBytes = [], healing = {}, defect } = options;
    this.#options = options;
    const world = new World(seed);
    this.#world = world;
    this.#random = world.random.fork("islands");
    const { graph, islandOf } = archipelago(this.#random.fork("graph"), sizes);
    const network = new VirtualNetwork(world);
    this.#network = network;
    for (const [a, b] of graph.links) network.connect(a, b);
    const suite = createMemoSuite(options.suite);
    const extra = { healing, ...(defect === undefined ? {} : { defect }) };
    this.#islandOf = islandOf;
    this.#peers = islandOf.map((island, place) => {
      const quota = quotaBytes[island] ?? SIM_QUOTA_BYTES;
      return new SimPeer({ world, network, place, suite, storeQuotaBytes: quota, ...extra });
    });
    this.#islands = sizes.map((_, island) =>
      this.#peers.filter(({ place }) => islandOf[place] === island),
    );
    this.#folder = new SharedFolder(world);
    this.#shelf = new Shelf(world);
  }

  run(): IslandsResult {
    this.#begin();
    const before = [...this.#shelf.objects];
    const fewest = before.flatMap((object) =>
      this.#islands.map((peers) => this.#shelf.fragments(peers, object)),
    );
    const writtenBefore = this.#writes();
    this.#network.partition((place) => must(this.#islandOf[place], "every place has an island"));
    this.#live();
    this.#settleApart();
    const cutOff = this.#shelf.previews(this.#peers, before);
    const acknowledged = this.#writes() - writtenBefore;
    this.#network.heal();
    const routed = this.#wait("somebody does not see somebody", () => this.#seeAll(this.#peers));
    const settled = this.#wait("the folder is not the same everywhere", () =>
      this.#folder.isSettled(),
    );
    const { objects } = this.#shelf;
    const healed = this.#shelf.previews(this.#peers, objects);
    const whole = this.#shelf.whole(this.#peers, objects);
    const { lost, conflictCopies } = this.#folder.check();
    return {
      ...{ seed: this.#options.seed, peers: this.#peers.length, acknowledged },
      ...{ lost: lost.length + (whole.tried - whole.seen), conflictCopies, cutOff, healed },
      fewestFragments: Math.min(...fewest),
      made: this.#made(),
      calmMs: { routed, settled },
      events: this.#world.executed,
    };
  }

  /** Everybody starts, sees everybody, and has what was written before. */
  #begin(): void {
    const { writers = 3, objects = 6 } = this.#options;
    for (const peer of this.#peers) peer.start();
    this.#wait("somebody does not see somebody", () => this.#seeAll(this.#peers));
    const folk = this.#islands.flatMap((peers) => {
      const order = shuffled(this.#random, peers.length).slice(0, writers);
      return order.map((at) => must(peers[at], "a place of the island"));
    });
    const [founder, ...guests] = folk;
    this.#folder.create(must(founder, "somebody writes"));
    for (const guest of guests) this.#folder.join(pick(this.#random, this.#folder.members), guest);
    for (const path of [...SHARED_PATHS, TORN_PATH]) {
      this.#folder.write(pick(this.#random, folk), path, this.#text(1_000));
    }
    for (let count = 0; count < objects; count++) this.#put(this.#peers);
    this.#wait("the folder is not the same everywhere", () => {
      const isWritten = this.#folder.acknowledged.length === SHARED_PATHS.length + 1;
      return isWritten && this.#folder.isSettled();
    });
    this.#wait("a fragment still waits for its place", () => {
      return this.#shelf.objects.length === objects && this.#shelf.isSpread();
    });
    this.#world.run(REST_MS);
  }

  /** What people do on their islands. */
  #live(): void {
    const { cutMs = 60_000, files = 4, objects = 6 } = this.#options;
    for (const [island, peers] of this.#islands.entries()) {
      const members = this.#folder.members.filter((member) => peers.includes(member));
      for (const member of members) {
        for (let count = 0; count < files; count++) {
          this.#during(cutMs, () => this.#writeNew(member));
        }
        for (const path of SHARED_PATHS) {
          this.#during(cutMs, () => this.#folder.write(member, path, this.#text(this.#size())));
        }
      }
      const editor = pick(this.#random, members);
      this.#during(cutMs, () => {
        if (island === 0) this.#folder.remove(editor, TORN_PATH);
        else this.#folder.write(editor, TORN_PATH, this.#text(2_000));
      });
      for (let count = 0; count < objects / 3; count++) {
        this.#during(cutMs, () => this.#put(peers.filter(({ isReady }) => isReady)));
      }
      for (const peer of [pick(this.#random, members), pick(this.#random, peers)]) {
        this.#during(cutMs, () => {
          peer.crash();
          this.#world.after(AWAY_MS, () => peer.start());
        });
      }
    }
    this.#world.run(cutMs + 2 * AWAY_MS);
  }

  /** Each island sees itself and nothing beyond, and its members have what was written on it. */
  #settleApart(): void {
    this.#wait("an island does not see itself alone", () =>
      this.#islands.every((peers) => this.#seeAll(peers, peers.length - 1)),
    );
    this.#wait("the folder is not the same on an island", () =>
      this.#islands.every((peers) => this.#folder.isSettled(peers)),
    );
  }

  #seeAll(peers: readonly SimPeer[], count: number = this.#peers.length - 1): boolean {
    return peers.every((peer) => peer.act(({ routing }) => routing.routes().length) === count);
  }

  #made(): number {
    const made = this.#peers.map((peer) => peer.act(({ store }) => store.usage().healing.made));
    return made.reduce<number>((sum, count) => sum + (count ?? 0), 0);
  }

  #writes(): number {
    return this.#folder.acknowledged.length + this.#shelf.objects.length;
  }

  #writeNew(member: SimPeer): void {
    this.#files++;
    this.#folder.write(member, `file ${this.#files}.txt`, this.#text(this.#size()));
  }

  #put(peers: readonly SimPeer[]): void {
    const bytes = this.#text(Math.floor(between(this.#random, 6_000, 90_000)));
    this.#shelf.put(pick(this.#random, peers), { name: "letter.txt", bytes });
  }

  #size(): number {
    return pick(this.#random, FILE_BYTES);
  }

  /** Lines that no other text has. */
  #text(sizeBytes: number): Uint8Array {
    let text = "";
    while (text.length < sizeBytes) text += `${this.#random.u32().toString(36)} and so on\n`;
    return utf8(text.slice(0, sizeBytes));
  }

  #during(cutMs: number, action: () => void): void {
    this.#world.after(between(this.#random, 0, cutMs), action);
  }

  #wait(trouble: string, condition: () => boolean): number {
    const tookMs = this.#world.runUntil(condition, CALM_MS_MAX, 250);
    if (tookMs !== undefined) return tookMs;
    const words = `Seed ${this.#options.seed}: ${trouble} after ${CALM_MS_MAX / 1_000} s`;
    throw new SimulationError("broken-promise", words);
  }
}
