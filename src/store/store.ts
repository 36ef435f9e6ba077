import type { CryptoSuite } from "../crypto/index.ts";
import type { LocalIdentity, PeerId } from "../identity/index.ts";
import type { Displayable } from "../media/index.ts";
import type { BlockStore, Clock, Log, Random, RecordStore, Timed } from "../ports/index.ts";
import type { RoutingPort } from "../routing/index.ts";
import type { SessionPort } from "../session/index.ts";
import { SERVICE } from "./channel.ts";
import { Codecs } from "./codecs.ts";
import type { StoreContext } from "./context.ts";
import { Courtesy } from "./courtesy.ts";
import { StoreError } from "./errors.ts";
import { fullK } from "./geometry.ts";
import { GetRun } from "./get.ts";
import { HealthRun, healthOf } from "./health.ts";
import { INLINE_LAYERING, type Layering } from "./layering.ts";
import { Ledger } from "./ledger.ts";
import { PATIENCE_MS, READ_JOBS_MAX, STRIPE_BYTES } from "./limits.ts";
import { formatCid, formatObjectLink, parseObjectLink, parseObjectTarget, rootOf } from "./link.ts";
import { PutJobs } from "./put-jobs.ts";
import type { ObjectEntry } from "./records.ts";
import { RepairRun } from "./repair.ts";
import { StoreServer } from "./server.ts";
import { Spreader } from "./spread.ts";
import type { Survey } from "./survey.ts";
import type {
  GetEvents,
  GetJob,
  GetOptions,
  ObjectHealth,
  ObjectMeta,
  PutEvents,
  PutJob,
  PutOptions,
  RepairEvents,
  StoreCounters,
  StoredObject,
  StoreProgress,
  StoreUsage,
} from "./types.ts";

/** What the store tells the peer, besides what each job tells its own caller. */
export interface StoreEvents {
  /** A job came on; all kinds. */
  onProgress(progress: StoreProgress): void;
  /** An object was put, spread or repaired: its health changed. Link where it is known here. */
  onObjectChanged(link: string): void;
}

/** What a store is made of. */
export interface StoreOptions {
  readonly identity: LocalIdentity;
  readonly suite: CryptoSuite;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly records: RecordStore;
  readonly blocks: BlockStore;
  readonly routing: RoutingPort;
  readonly session: SessionPort;
  /** Bytes of fragments kept for others at most; own objects are bounded by the disk alone. */
  readonly quotaBytes: number;
  readonly events: StoreEvents;
  /** Cuts files into layers; at once, on the caller's turn, without it. */
  readonly layering?: Layering;
  /** Bytes of an object in one stripe; 1 MiB without it. */
  readonly stripeBytes?: number;
}

type ReadRun = GetRun | RepairRun | HealthRun;

/**
 * The distributed disk of one peer: objects are cut, sealed and coded here, spread over the
 * peers around, read back from any k of n fragments, and healed without being read.
 */
export class Store implements Timed {
  readonly #context: StoreContext;
  readonly #events: StoreEvents;
  readonly #server: StoreServer;
  readonly #spreader: Spreader;
  readonly #puts: PutJobs;
  readonly #reads: Set<ReadRun> = new Set();
  #isLoaded = false;

  constructor(options: StoreOptions) {
    const { suite, clock, random, log, records, blocks, routing, session, quotaBytes } = options;
    this.#context = {
      self: options.identity.id,
      suite,
      clock,
      random: random.fork("store"),
      log,
      records,
      blocks,
      routing,
      session,
      ledger: new Ledger({ records, blocks, suite, log }),
      codecs: new Codecs(),
      courtesy: new Courtesy(),
      layering: options.layering ?? INLINE_LAYERING,
      quotaBytes,
      stripeBytes: options.stripeBytes ?? STRIPE_BYTES,
      onProgress: (progress) => options.events.onProgress(progress),
      counters: { badShards: 0, movedFragments: 0, refusedOffers: 0 },
    };
    this.#events = options.events;
    this.#server = new StoreServer(this.#context);
    this.#spreader = new Spreader(this.#context, {
      onProgress: (root, progress) =>
        options.events.onProgress({ ...progress, link: this.#linkOf(root) }),
      onObjectChanged: (root) => this.#changed(root),
    });
    this.#puts = new PutJobs(this.#context, (root) => {
      this.#spreader.add(root);
      this.#changed(root);
    });
    session.serve(SERVICE, this.#server.accept);
  }

  /** Reads what is on disk and removes leftovers; everything else works only after `done`. */
  load(done: (error: StoreError | undefined) => void): void {
    this.#context.ledger.load((error) => {
      if (error === undefined) {
        this.#isLoaded = true;
        this.#server.open();
        this.#spreader.neighbourhoodChanged();
      }
      done(error);
    });
  }

  /**
   * Begins to take an object in. Events never come before this returns.
   * @throws StoreError `not-loaded`, `busy`, `bad-code` or `bad-layers`
   */
  beginPut(options: PutOptions, events: PutEvents): PutJob {
    this.#mustBeLoaded();
    return this.#puts.begin(options, events);
  }

  /**
   * Reads an object from wherever its fragments are.
   * @throws StoreError `not-loaded`, `busy` or `bad-link`
   */
  get(link: string, events: GetEvents, options: GetOptions = {}): GetJob {
    const target = parseObjectLink(link);
    this.#mustHaveRoomToRead();
    const run = new GetRun(this.#context, target, options, events, (over) => {
      this.#reads.delete(over);
    });
    this.#begin(run);
    return run;
  }

  /**
   * Makes missing fragments anew, keeps them here and spreads them. A root alone (64 hexadecimal
   * digits) is enough: healing needs no read key.
   * @throws StoreError `not-loaded`, `busy` or `bad-link`
   */
  repair(linkOrRoot: string, events: RepairEvents, patienceMs: number = PATIENCE_MS): void {
    const target = parseObjectTarget(linkOrRoot);
    this.#mustHaveRoomToRead();
    const run = new RepairRun(this.#context, target, patienceMs, events, (over, root) => {
      this.#reads.delete(over);
      if (root === undefined) return;
      this.#spreader.add(root);
      this.#changed(root);
    });
    this.#begin(run);
  }

  /**
   * Asks the peers within reach where the fragments of an object are.
   * @throws StoreError `not-loaded`, `busy` or `bad-link`
   */
  health(linkOrRoot: string, done: (health: ObjectHealth) => void): void {
    const root = rootOf(linkOrRoot);
    this.#mustHaveRoomToRead();
    const run = new HealthRun(this.#context, root, (over, survey) => {
      this.#reads.delete(over);
      this.#learn(root, survey);
      done(this.#asked(root, survey));
    });
    this.#begin(run);
  }

  /** What the first layers of an object show; undefined where that is nothing. */
  show(
    meta: ObjectMeta,
    layers: readonly Uint8Array[],
    done: (shown: Displayable | undefined) => void,
  ): void {
    const { mediaType, transform } = meta;
    const facts = { mediaType, transform, layerCount: meta.layers.length };
    const roles = layers.map((bytes, i) => ({ role: meta.layers[i]?.role ?? "body", bytes }));
    this.#context.layering.show(facts, roles, done);
  }

  /** The objects of this peer's owner, with their health as far as it is known here. */
  list(): StoredObject[] {
    const objects: StoredObject[] = [];
    for (const object of this.#context.ledger.objects()) {
      const known = this.#describe(object);
      if (known !== undefined) objects.push(known);
    }
    return objects;
  }

  /** One of the owner's objects, by link or root. @throws StoreError("bad-link") */
  object(linkOrRoot: string): StoredObject | undefined {
    const object = this.#context.ledger.object(rootOf(linkOrRoot));
    return object && this.#describe(object);
  }

  usage(): StoreUsage {
    const { ledger, quotaBytes } = this.#context;
    return { ...ledger.usage, quotaBytes, objectCount: ledger.objectCount };
  }

  counters(): StoreCounters {
    return { ...this.#context.counters };
  }

  /**
   * This machine's line costs by the byte, or does no longer: meanwhile no fragments move by
   * themselves, in neither direction. What the owner asks for is done all the same.
   */
  setMetered(isMetered: boolean): void {
    this.#server.isShut = isMetered;
    this.#spreader.hold(isMetered);
  }

  /** Routing has a way to this peer now. */
  peerReachable(peer: PeerId): void {
    if (!this.#isLoaded) return;
    for (const run of [...this.#reads]) run.peerReachable(peer);
    this.#spreader.peerReachable(peer);
  }

  /** Routing has lost the way to this peer. */
  peerUnreachable(peer: PeerId): void {
    if (!this.#isLoaded) return;
    for (const run of [...this.#reads]) run.peerUnreachable(peer);
    this.#spreader.peerUnreachable(peer);
  }

  nextDeadlineMs(): number {
    let next = Math.min(this.#server.nextDeadlineMs(), this.#spreader.nextDeadlineMs());
    for (const run of this.#reads) next = Math.min(next, run.nextDeadlineMs());
    return next;
  }

  tick(): void {
    for (const run of [...this.#reads]) run.tick();
    this.#server.tick();
    this.#spreader.tick();
  }

  #begin(run: ReadRun): void {
    this.#reads.add(run);
    run.start();
  }

  #mustBeLoaded(): void {
    if (!this.#isLoaded) {
      throw new StoreError("not-loaded", "The disk is still being read. Please try again soon.");
    }
  }

  #mustHaveRoomToRead(): void {
    this.#mustBeLoaded();
    if (this.#reads.size >= READ_JOBS_MAX) {
      throw new StoreError("busy", "Too many objects are being read. Please try again soon.");
    }
  }

  #changed(root: string): void {
    const link = this.#linkOf(root);
    if (link !== "") this.#events.onObjectChanged(link);
  }

  #linkOf(root: string): string {
    const object = this.#context.ledger.object(root);
    return object === undefined ? "" : linkOf(object);
  }

  #describe(object: ObjectEntry): StoredObject | undefined {
    const link = linkOf(object);
    if (link === "") return undefined;
    const { readKey: _, holders: __, spreadOver: ___, ...facts } = object;
    const cid = formatCid(rootBytes(object.root));
    return { ...facts, link, cid, k: fullK(object), health: this.#known(object) };
  }

  #known(object: ObjectEntry): ObjectHealth {
    const { ledger } = this.#context;
    const { layers, n, root } = object;
    const indices = new Set(ledger.indices(root));
    const loads = new Map<PeerId, number>();
    const here = indices.size;
    for (const [index, holder] of object.holders.entries()) {
      if (holder === undefined || indices.has(index)) continue;
      indices.add(index);
      loads.set(holder, (loads.get(holder) ?? 0) + 1);
    }
    const waiting = this.#spreader.waiting(root);
    const all = [here, ...loads.values()];
    return healthOf({ layers, n, alive: indices.size, here, waiting, loads: all, isAsked: false });
  }

  /** Notes which peers were found to hold what, and which said that they no longer do. */
  #learn(root: string, survey: Survey): void {
    const object = this.#context.ledger.object(root);
    if (object === undefined) return;
    const found = survey.holders(object.nMax);
    const holders = found.map((finder, index) => {
      const known = object.holders[index];
      if (known !== undefined && !survey.hasAnswered(known)) return finder ?? known;
      return finder;
    });
    if (holders.every((holder, index) => holder === object.holders[index])) return;
    this.#context.ledger.update({ ...object, holders });
    this.#changed(root);
  }

  #asked(root: string, survey: Survey): ObjectHealth {
    const { ledger, self } = this.#context;
    const known = ledger.object(root);
    const { manifest } = survey.head ?? {};
    const n = known?.n ?? manifest?.n ?? 0;
    // Who lacks the read key does not know what a layer is for.
    const unread = manifest?.layers.map((layer) => ({ ...layer, role: "body" as const }));
    const layers = known?.layers ?? unread ?? [];
    const loads: number[] = [];
    let here = 0;
    for (const source of survey.sources()) {
      loads.push(source.indices.size);
      if (source.id === self) here = source.indices.size;
    }
    const alive = survey.available().size;
    const waiting = this.#spreader.waiting(root);
    return healthOf({ layers, n, alive, here, waiting, loads, isAsked: true });
  }
}

function linkOf(object: ObjectEntry): string {
  if (object.readKey === undefined) return "";
  return formatObjectLink({ readKey: object.readKey, root: rootBytes(object.root) });
}

function rootBytes(root: string): Uint8Array {
  return parseObjectTarget(root).root;
}
