import { must } from "../base/errors.ts";
import type { CryptoSuite } from "../crypto/index.ts";
import type { Message } from "../messages/index.ts";
import type { Log } from "../ports/log.ts";
import type { Random } from "../ports/random.ts";
import { between, chance, pick, shuffled } from "./dice.ts";
import { SimulationError } from "./errors.ts";
import { type FaultProfile, planFaults, ROUGH } from "./fault-plan.ts";
import { type FaultCounts, FaultRunner } from "./fault-runner.ts";
import { checkGauges } from "./gauges.ts";
import { type Graph, randomGraph } from "./graphs.ts";
import { createMemoSuite } from "./memo-suite.ts";
import { Reading } from "./reading.ts";
import { Settling } from "./settling.ts";
import type { DiskDefect } from "./sim-disk.ts";
import { SimPeer, type SimPeerObserver } from "./sim-peer.ts";
import { stateHash } from "./state-hash.ts";
import { Traffic } from "./traffic.ts";
import { VirtualNetwork } from "./virtual-network.ts";
import { World } from "./world.ts";

/** One seeded run. All but seed and suite have defaults. */
export interface ScenarioOptions {
  readonly seed: number;
  readonly suite: CryptoSuite;
  /** Peers on a random graph; 16 where nothing is said. */
  readonly size?: number;
  /** Instead of a random one; `size` is without effect then. */
  readonly graph?: Graph;
  readonly faults?: FaultProfile;
  /** How long things go wrong, in virtual milliseconds. */
  readonly stormMs?: number;
  readonly meetings?: number;
  readonly messages?: number;
  readonly objects?: number;
  readonly reads?: number;
  readonly log?: (place: number) => Log;
  /** A deliberate defect of every peer's disk, to show that the checks notice. */
  readonly defect?: DiskDefect;
}

/** What a run that kept all promises tells. */
export interface ScenarioResult {
  readonly seed: number;
  /** Fingerprint of the final state. */
  readonly hash: string;
  readonly graph: string;
  /** Events that the world ran. */
  readonly events: number;
  /** Virtual milliseconds. */
  readonly durationMs: number;
  readonly faults: FaultCounts;
  readonly messages: { readonly sent: number; readonly acknowledged: number };
  readonly objects: { readonly put: number; readonly read: number };
  /** Virtual milliseconds after the last fault until … */
  readonly calmMs: {
    readonly routed: number;
    readonly met: number;
    readonly delivered: number;
    readonly spread: number;
  };
  /** Peers that died at the end, and whose fragments were not missed. */
  readonly deaths: number;
}

/** Codes that objects are put with, so that small neighbourhoods matter too. */
const CODES = [
  [4, 12],
  [10, 30],
  [20, 40],
] as const;

/** How long everything rests before tables and queues are looked at, in virtual milliseconds. */
const REST_MS = 12_000;

/**
 * Runs one seed: peers start, meet, write to each other, put and read objects while links lose
 * frames, the network falls apart and processes die; then all is well, and every promise is
 * checked. The same options give the same run.
 * @throws SimulationError where a peer throws, a promise is broken, or a fault never happened
 */
export function runScenario(options: ScenarioOptions): ScenarioResult {
  const scenario = new Scenario(options);
  try {
    return scenario.run();
  } catch (error) {
    throw scenario.explained(error);
  }
}

class Scenario {
  readonly #options: ScenarioOptions;
  /** All peers check the same signatures: each is checked once. */
  readonly #suite: CryptoSuite;
  readonly #world: World;
  readonly #random: Random;
  readonly #graph: Graph;
  readonly #peers: readonly SimPeer[];
  readonly #told: readonly Message[][];
  readonly #traffic: Traffic;
  readonly #faults: FaultRunner;
  readonly #stormMs: number;

  constructor(options: ScenarioOptions) {
    const { seed, stormMs = 20_000, faults = ROUGH } = options;
    this.#options = options;
    this.#suite = createMemoSuite(options.suite);
    this.#stormMs = stormMs;
    this.#world = new World(seed);
    const random = this.#world.random.fork("scenario");
    this.#random = random;
    this.#graph = options.graph ?? randomGraph(random.fork("graph"), options.size ?? 16);
    const network = new VirtualNetwork(this.#world);
    for (const [a, b] of this.#graph.links) network.connect(a, b);
    this.#told = Array.from({ length: this.#graph.size }, () => []);
    this.#peers = this.#told.map((told, place) => this.#makePeer(network, place, told));
    this.#traffic = new Traffic(this.#world, random.fork("traffic"), faults.diskErrors > 0);
    const plan = planFaults(random.fork("faults"), this.#graph, faults, stormMs);
    const scene = { world: this.#world, network, peers: this.#peers, random: random.fork("torn") };
    this.#faults = new FaultRunner(scene, plan);
  }

  run(): ScenarioResult {
    this.#faults.begin();
    this.#schedule();
    this.#world.run(this.#stormMs);
    this.#faults.heal();
    this.#faults.verify();
    const settling = new Settling(this.#world, this.#peers, this.#traffic);
    const calmMs = {
      routed: settling.everybodySeesAll(),
      met: settling.everybodyMet(),
      delivered: settling.everythingDelivered(),
      spread: settling.everythingSpread(),
    };
    settling.everythingReadable();
    settling.checkMessages(this.#told);
    const lists = this.#peers.map((peer) => settling.listMessages(peer));
    const reading = new Reading(
      this.#world,
      this.#peers,
      this.#traffic,
      this.#random.fork("reading"),
      this.#faults.counts().rottenBlocks,
    );
    reading.everyObject();
    this.#world.run(REST_MS);
    checkGauges(this.#peers);
    const deaths = this.#kill(reading, settling);
    const { sent, objects, reads } = this.#traffic;
    return {
      seed: this.#options.seed,
      hash: stateHash(this.#world, this.#suite, this.#peers, lists),
      graph: this.#graph.name,
      events: this.#world.executed,
      durationMs: this.#world.nowMs,
      faults: this.#faults.counts(),
      messages: {
        sent: sent.length,
        acknowledged: sent.filter(({ isAcknowledged }) => isAcknowledged).length,
      },
      objects: { put: objects.length, read: reads.complete },
      calmMs,
      deaths,
    };
  }

  /** The error with the seed in it, whatever it was. */
  explained(error: unknown): SimulationError {
    const { seed } = this.#options;
    const seconds = (this.#world.nowMs / 1_000).toFixed(3);
    const code = error instanceof SimulationError ? error.code : "defect";
    const words = error instanceof Error ? error.message : String(error);
    const where = `Seed ${seed} (${this.#graph.name}), ${seconds} s`;
    return new SimulationError(code, `${where}: ${words}`, { cause: error });
  }

  #makePeer(network: VirtualNetwork, place: number, told: Message[]): SimPeer {
    const { log, defect } = this.#options;
    // Every other seed has wires instead of beacons.
    const discovery = this.#options.seed % 2 === 0;
    const links = discovery
      ? []
      : this.#graph.links.filter(([a]) => a === place).map(([, b]) => `sim://${b}`);
    return new SimPeer({
      world: this.#world,
      network,
      place,
      suite: this.#suite,
      discovery,
      links,
      observer: this.#observer(place, told),
      ...(log === undefined ? {} : { log: log(place) }),
      ...(defect === undefined ? {} : { defect }),
    });
  }

  /** Whoever gives up because of its bad disk is started again. */
  #observer(place: number, told: Message[]): SimPeerObserver {
    const onMessage = (message: Message): void => void told.push(message);
    if ((this.#options.faults ?? ROUGH).diskErrors === 0) return { onMessage };
    const onFatal = (): void => {
      this.#world.after(0, () => this.#peer(place).crash());
      this.#world.after(1_000, () => this.#peer(place).start());
    };
    return { onMessage, onFatal };
  }

  /** What people do, all through the storm. */
  #schedule(): void {
    const { meetings = 14, messages = 70, objects = 3, reads = 3 } = this.#options;
    for (const [host, guest] of this.#pairs(meetings)) {
      this.#at(0.05, 0.4, () => this.#traffic.meet(host, guest));
    }
    for (let count = 0; count < messages; count++) this.#at(0.1, 1, () => this.#traffic.say());
    for (let count = 0; count < objects; count++) {
      this.#at(0.05, 0.9, () => {
        const [k, n] = pick(this.#random, CODES);
        this.#traffic.put(this.#someone(), this.#sizeBytes(), k, n);
      });
    }
    for (let count = 0; count < reads; count++) {
      this.#at(0.3, 1, () => {
        const { objects: known } = this.#traffic;
        if (known.length === 0) return;
        this.#traffic.fetch(this.#someone(), pick(this.#random, known), () => undefined);
      });
    }
  }

  /** Different pairs of places. */
  #pairs(count: number): (readonly [SimPeer, SimPeer])[] {
    const size = this.#peers.length;
    const numbers = shuffled(this.#random, size * (size - 1));
    return numbers.slice(0, count).map((number) => {
      const host = Math.floor(number / (size - 1));
      const guest = number % (size - 1);
      return [this.#peer(host), this.#peer(guest < host ? guest : guest + 1)] as const;
    });
  }

  /** Mostly small, sometimes nothing at all, sometimes up to 200 kB. */
  #sizeBytes(): number {
    if (chance(this.#random, 0.1)) return 0;
    const most = chance(this.#random, 0.15) ? 200_000 : 4_000;
    return Math.floor(between(this.#random, 1, most));
  }

  #someone(): SimPeer {
    return pick(this.#random, this.#peers);
  }

  #peer(place: number): SimPeer {
    return must(this.#peers[place], "a peer per place");
  }

  /** Some time between two shares of the storm. */
  #at(from: number, to: number, action: () => void): void {
    const atMs = between(this.#random, from * this.#stormMs, to * this.#stormMs);
    this.#world.after(atMs, action);
  }

  #kill(reading: Reading, settling: Settling): number {
    const { objects } = this.#traffic;
    if (objects.length === 0) return 0;
    const object = pick(this.#random, objects);
    return reading.afterDeaths(this.#graph, object, () => settling.everybodySeesAll());
  }
}
