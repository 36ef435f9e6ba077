import { toHex } from "../base/bytes.ts";
import type { PeerId } from "../identity/index.ts";
import type { Displayable } from "../media/index.ts";
import type { Timed } from "../ports/index.ts";
import { CONDUCT_SCORE_MAX } from "./audit/limits.ts";
import type { AuditRun } from "./audit/run.ts";
import { SERVICE } from "./channel.ts";
import { Codecs } from "./codecs.ts";
import type { StoreContext } from "./context.ts";
import { CountedSession } from "./counted-session.ts";
import { Courtesy } from "./courtesy.ts";
import { StoreError } from "./errors.ts";
import { PeerFacts } from "./facts.ts";
import { GetRun } from "./get.ts";
import { Healer, type HealerPort, type PassingHeal } from "./healing/index.ts";
import { HealthRun } from "./health.ts";
import { Keeping } from "./keeping.ts";
import { KnownHeads } from "./known-heads.ts";
import { INLINE_LAYERING } from "./layering.ts";
import { returnLent } from "./leases/lent.ts";
import { LEASE_MS } from "./leases/limits.ts";
import { Ledger } from "./ledger.ts";
import { PATIENCE_MS, READ_JOBS_MAX, STRIPE_BYTES } from "./limits.ts";
import { parseObjectLink, parseObjectTarget, rootOf } from "./link.ts";
import type { StoreEvents, StoreOptions } from "./options.ts";
import { PutJobs } from "./put-jobs.ts";
import { isOwn } from "./records.ts";
import { type Chooser, RepairRun } from "./repair.ts";
import { StoreServer } from "./server.ts";
import { Spreader } from "./spread.ts";
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
  StoreUsage,
} from "./types.ts";
import { ObjectViews } from "./views.ts";

type ReadRun = GetRun | RepairRun | HealthRun | AuditRun;

/**
 * The distributed disk of one peer: objects are cut, sealed and coded here, spread over the
 * peers around, read back from any k of n fragments, and healed without being read.
 */
export class Store implements Timed {
  readonly #context: StoreContext;
  readonly #events: StoreEvents;
  readonly #server: StoreServer;
  readonly #spreader: Spreader;
  /** Audits, pins, and what goes between this peer and others. */
  readonly keeping: Keeping;
  readonly #views: ObjectViews;
  readonly #healer: Healer;
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
      session: new CountedSession(session, SERVICE),
      ledger: new Ledger(options),
      codecs: new Codecs(),
      heads: new KnownHeads(),
      courtesy: new Courtesy(),
      answerers: new Map(),
      facts: new PeerFacts(
        { honesty: (peer) => this.#honesty(peer), ...options.facts },
        routing,
        clock,
        (peer) => this.#healer.uptime(peer),
      ),
      layering: options.layering ?? INLINE_LAYERING,
      stripeMaker: options.stripeMaker,
      quotaBytes,
      stripeBytes: options.stripeBytes ?? STRIPE_BYTES,
      onProgress: (progress) => options.events.onProgress(progress),
      counters: { badShards: 0, movedFragments: 0, refusedOffers: 0 },
    };
    this.#events = options.events;
    this.keeping = new Keeping(
      this.#context,
      {
        begin: (make) => {
          this.#mustHaveRoomToRead();
          this.#begin(make((over) => this.#reads.delete(over)));
        },
        hasRoomToSpare: () => this.#hasRoomToSpare(),
        mustBeLoaded: () => this.#mustBeLoaded(),
        onOwned: (root) => this.#own(root),
        onChanged: (root) => this.#changed(root),
        onReleased: (root) => this.#spreader.drop(root),
      },
      options.audits,
    );
    this.#server = new StoreServer(this.#context, this.keeping.leases.book);
    this.#spreader = new Spreader(this.#context, {
      onProgress: (root, progress) =>
        options.events.onProgress({ ...progress, link: this.#views.linkOf(root) }),
      onObjectChanged: (root) => this.#changed(root),
      onSettled: (root) => this.#healer.settled(root),
    });
    const healerPort: HealerPort = {
      begin: (root, choose, done, more) => this.#heal(root, choose, done, more),
      wantedUntilMs: (root) => this.keeping.leases.book.wantedUntilMs(root),
      quotaBytes: () => this.#server.quotaBytes,
      onHolders: (root) => this.#changed(root),
    };
    const { book } = this.keeping.leases;
    this.#healer = new Healer(this.#context, options.healing ?? {}, healerPort, (object) => {
      returnLent(this.#context, book, object);
    });
    this.#views = new ObjectViews(this.#context, (root) => this.#spreader.waiting(root));
    this.#puts = new PutJobs(this.#context, (root) => this.#own(root));
    this.#context.session.serve(this.#server.accept);
  }

  /** Reads what is on disk and removes leftovers; everything else works only after `done`. */
  load(done: (error: StoreError | undefined) => void): void {
    const opened = (error: StoreError | undefined): void => {
      if (error === undefined) {
        this.#isLoaded = true;
        this.#server.open();
        this.#spreader.neighbourhoodChanged();
        this.#healer.load(() => {});
      }
      done(error);
    };
    this.#context.ledger.load((error) => {
      if (error === undefined) this.keeping.load(opened);
      else opened(error);
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
    const onOver = (over: GetRun): void => {
      this.#reads.delete(over);
    };
    const accompany = (): PassingHeal | undefined => this.#healer.accompany(toHex(target.root));
    const run = new GetRun(this.#context, target, options, events, onOver, accompany);
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
    // Who has the root alone does not look after the object, but wants it whole this once.
    const lentUntilMs = (): number => this.#context.clock.wallMs() + LEASE_MS;
    const options = { patienceMs, lentUntilMs };
    this.#begin(new RepairRun(this.#context, target, options, events, this.#repaired));
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
      if (this.#views.learn(root, survey)) this.#changed(root);
      done(this.#views.asked(root, survey));
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
      const known = this.#views.describe(object);
      if (known !== undefined) objects.push(known);
    }
    return objects;
  }

  /** One of the owner's objects, by link or root. @throws StoreError("bad-link") */
  object(linkOrRoot: string): StoredObject | undefined {
    const object = this.#context.ledger.object(rootOf(linkOrRoot));
    return object && this.#views.describe(object);
  }

  usage(): StoreUsage {
    const { ledger, session } = this.#context;
    return {
      ...ledger.usage,
      quotaBytes: this.#server.quotaBytes,
      trashCount: this.keeping.leases.trashCount,
      objectCount: ledger.objectCount,
      sentBytes: session.sentBytes,
      healing: this.#healer.status(),
      audits: this.keeping.rounds.status(),
    };
  }

  /** Bytes kept for others at most, from now on; what is above that stays until it goes by itself. */
  setQuota(quotaBytes: number): void {
    this.#server.quotaBytes = quotaBytes;
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
    this.keeping.hold(isMetered);
    this.#healer.hold(isMetered);
  }

  /** Routing has a way to this peer now. */
  peerReachable(peer: PeerId): void {
    if (!this.#isLoaded) return;
    for (const run of [...this.#reads]) run.peerReachable(peer);
    this.#spreader.peerReachable(peer);
    this.keeping.leases.peerReachable(peer);
    this.#healer.peerReachable(peer);
  }

  /** Routing has lost the way to this peer. */
  peerUnreachable(peer: PeerId): void {
    if (!this.#isLoaded) return;
    for (const run of [...this.#reads]) run.peerUnreachable(peer);
    this.#spreader.peerUnreachable(peer);
    this.keeping.leases.peerUnreachable(peer);
    this.#healer.peerUnreachable(peer);
  }

  nextDeadlineMs(): number {
    let next = Math.min(this.#server.nextDeadlineMs(), this.#spreader.nextDeadlineMs());
    for (const run of this.#reads) next = Math.min(next, run.nextDeadlineMs());
    next = Math.min(next, this.#healer.nextDeadlineMs());
    return this.#isLoaded ? Math.min(next, this.keeping.nextDeadlineMs()) : next;
  }

  tick(): void {
    for (const run of [...this.#reads]) run.tick();
    this.#server.tick();
    this.#spreader.tick();
    this.#healer.tick();
    if (this.#isLoaded) this.keeping.tick();
  }

  /** Silence and confessed losses are no lies: only who answered an audit wrongly is doubted. */
  #honesty(peer: PeerId): number {
    const { wrong, score } = this.keeping.conduct(peer);
    return wrong === 0 ? 1 : score / CONDUCT_SCORE_MAX;
  }

  /** An object was put or repaired here. */
  #own(root: string | undefined): void {
    if (root === undefined) return;
    if (isOwn(this.#context.ledger.object(root))) this.keeping.leases.retake(root);
    this.#spreader.add(root);
    this.#changed(root);
  }

  /** Makes fragments anew without being asked to; people who read come first. */
  #heal(
    root: string,
    choose: Chooser,
    done: (created: readonly number[] | undefined) => void,
    more?: Parameters<HealerPort["begin"]>[3],
  ): RepairRun | undefined {
    if (!this.#hasRoomToSpare()) return undefined;
    const events = { onDone: done, onError: () => done(undefined) };
    const target = parseObjectTarget(root);
    const { book } = this.keeping.leases;
    const lentUntilMs = (): number => Math.max(book.wantedUntilMs(root), more?.lentUntilMs ?? 0);
    const begun = more?.begun === undefined ? {} : { begun: more.begun };
    const options = { patienceMs: PATIENCE_MS, choose, lentUntilMs, ...begun };
    const run = new RepairRun(this.#context, target, options, events, this.#repaired);
    this.#begin(run);
    return run;
  }

  #hasRoomToSpare(): boolean {
    return this.#reads.size < READ_JOBS_MAX / 2;
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

  readonly #repaired = (over: RepairRun, root: string | undefined): void => {
    this.#reads.delete(over);
    this.#own(root);
  };

  #changed(root: string): void {
    const link = this.#views.linkOf(root);
    if (link !== "") this.#events.onObjectChanged(link);
  }
}
