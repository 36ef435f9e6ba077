import { fromHex } from "../../base/bytes.ts";
import { must } from "../../base/errors.ts";
import type { PeerId } from "../../identity/index.ts";
import type { StoreContext } from "../context.ts";
import { HourlyBudget } from "../hourly-budget.ts";
import { lentBytes } from "../leases/lent.ts";
import { locateIdOf } from "../link.ts";
import type { StoreMessage } from "../messages.ts";
import { isOwn, type ObjectEntry } from "../records.ts";
import { type HealerPort, HealJob, type HealTools } from "./heal-job.ts";
import {
  HEAL_BYTES_PER_HOUR,
  HEAL_CLAIM_MS,
  HEALS_MAX,
  PASSINGS_MAX,
  WATCH_FIRST_MS,
  WATCH_MS,
} from "./limits.ts";
import { type Lacks, PassingHeal } from "./passing.ts";
import type { KnownPeer } from "./peer-book.ts";
import type { HealingOptions, HealingStatus } from "./types.ts";
import { Ward } from "./ward.ts";
import { tagOf, type Watched } from "./watch-list.ts";
import { Watcher } from "./watcher.ts";
import type { CommonEntry } from "./wire.ts";

/**
 * Notices that holders die and sees to it that the objects of which fragments are here get all
 * their fragments back, without being able to read one of them: asks who holds what (`Watcher`),
 * knows who is dead and whose turn it is (`Ward`), and heals (`HealJob`).
 */
export class Healer {
  readonly #context: StoreContext;
  readonly #options: HealingOptions;
  readonly #ward: Ward;
  readonly #watcher: Watcher;
  readonly #tools: HealTools;
  readonly #jobs: Map<string, HealJob> = new Map();
  readonly #returnLent: (object: ObjectEntry) => void;
  /** Readings in which objects are healed in passing, by root. */
  readonly #passings: Map<string, PassingHeal> = new Map();
  readonly #counts = { healed: 0, inPassing: 0, made: 0, failed: 0 };
  #judgeAtMs: number = Number.POSITIVE_INFINITY;
  #isLoaded = false;
  #isHeld = false;

  /** @param returnLent an object that was healed for others has found its places */
  constructor(
    context: StoreContext,
    options: HealingOptions,
    port: HealerPort,
    returnLent: (object: ObjectEntry) => void,
  ) {
    this.#context = context;
    this.#returnLent = returnLent;
    this.#options = options;
    const ward = new Ward(context, options, (root) => {
      return port.wantedUntilMs(root) > context.clock.wallMs();
    });
    const budget = new HourlyBudget(context.clock, options.bytesPerHour ?? HEAL_BYTES_PER_HOUR);
    const claimMs = options.claimMs ?? HEAL_CLAIM_MS;
    this.#ward = ward;
    // What is made waits here for a moment, within what others may fill.
    const hasRoom = (bytes: number): boolean => {
      const { ledger } = context;
      return ledger.usage.othersBytes + lentBytes(ledger) + bytes <= port.quotaBytes();
    };
    this.#tools = { context, ward, budget, port, claimMs, hasRoom };
    const times = {
      everyMs: options.watchMs ?? WATCH_MS,
      firstMs: options.watchFirstMs ?? WATCH_FIRST_MS,
    };
    this.#watcher = new Watcher(context, ward.book, ward.list, times, {
      onRefresh: () => ward.refresh(),
      onReport: (entry, peer, indices) => this.#onReport(entry, peer, indices),
    });
    context.answerers.set("watch", (from, message) => this.#onWatch(from, message));
    context.answerers.set("claim", (from, message) => this.#onClaim(from, message));
    context.answerers.set("lack", (from, message) => this.#onLack(from, message));
  }

  /** Begins, after the disk was read. */
  load(done: () => void): void {
    if (this.#options.isOff === true) {
      done();
      return;
    }
    this.#ward.book.load(() => {
      this.#isLoaded = true;
      for (const { destination } of this.#context.routing.routes()) this.peerReachable(destination);
      this.#judgeLater();
      done();
    });
  }

  /** How it stands. */
  status(): HealingStatus {
    const { list, sick } = this.#ward;
    return { watched: list.size, sick: sick.size, healing: this.#jobs.size, ...this.#counts };
  }

  /** The share of time that a peer is within reach, above 0 and below 1; undefined: not known. */
  uptime(peer: PeerId): number | undefined {
    return this.#ward.book.uptime(peer);
  }

  /**
   * All of an object is going to be read here.
   * @returns what goes along with that; undefined: nothing does now
   */
  accompany(root: string): PassingHeal | undefined {
    const isBusy = this.#jobs.has(root) || this.#passings.has(root);
    const isFull = this.#passings.size >= PASSINGS_MAX;
    if (!this.#isLoaded || this.#isHeld || isBusy || isFull) return undefined;
    const locateId = locateIdOf(this.#context.suite, must(fromHex(root), "roots are hexadecimal"));
    const passing = new PassingHeal(this.#tools, root, locateId, {
      lacks: () => this.#lacks(root),
      onOver: (made) => {
        if (made === 0) return;
        this.#counts.inPassing++;
        this.#counts.made += made;
      },
    });
    this.#passings.set(root, passing);
    return passing;
  }

  /** Watches and begins nothing, or does again; what is under way is finished. */
  hold(isHeld: boolean): void {
    this.#isHeld = isHeld;
  }

  /** Routing has a way to this peer now. */
  peerReachable(peer: PeerId): void {
    const { book, sick } = this.#ward;
    if (!this.#isLoaded || book.get(peer)?.isReachable === true) return;
    const known = book.reachable(peer);
    if (known !== undefined) this.#watcher.peerReachable(known);
    // What it has counts again: what was sick may be well.
    for (const entry of [...sick]) this.#ward.judge(entry);
    for (const passing of this.#passings.values()) passing.peerReachable(peer);
  }

  /** Routing has lost the way to this peer. */
  peerUnreachable(peer: PeerId): void {
    if (!this.#isLoaded) return;
    this.#ward.book.unreachable(peer);
    this.#watcher.peerUnreachable(peer);
    this.#ward.claimerGone(peer);
    for (const passing of this.#passings.values()) passing.peerUnreachable(peer);
  }

  /**
   * Nothing of an object is to be moved now. One that was only healed here is somebody else's: what
   * stays is kept like all that others bring.
   */
  settled(root: string): void {
    this.#jobs.get(root)?.settled();
    this.#passings.get(root)?.settled();
    const { ledger, routing } = this.#context;
    const object = ledger.object(root);
    if (object === undefined || isOwn(object)) return;
    const fairShare = Math.ceil(object.n / (1 + routing.routes().length));
    if (ledger.indices(root).length <= fairShare) this.#returnLent(object);
  }

  nextDeadlineMs(): number {
    if (!this.#isLoaded) return Number.POSITIVE_INFINITY;
    let next = this.#ward.book.nextDeadlineMs();
    for (const job of this.#jobs.values()) {
      next = Math.min(next, job.isOver ? 0 : job.nextDeadlineMs());
    }
    for (const passing of this.#passings.values()) {
      next = Math.min(next, passing.isOver ? 0 : passing.nextDeadlineMs());
    }
    if (this.#isHeld) return next;
    next = Math.min(next, this.#watcher.nextDeadlineMs(), this.#judgeAtMs);
    if (this.#gathering() >= HEALS_MAX) return next;
    for (const { root, dueAtMs } of this.#ward.sick) {
      if (dueAtMs !== undefined && !this.#isAtWork(root)) next = Math.min(next, dueAtMs);
    }
    return next;
  }

  tick(): void {
    if (!this.#isLoaded) return;
    this.#ward.book.tick();
    this.#tickJobs();
    for (const [root, passing] of this.#passings) {
      passing.tick();
      if (passing.isOver) this.#passings.delete(root);
    }
    if (this.#ward.book.takeDead().length > 0) this.#judgeAtMs = this.#now();
    if (this.#isHeld) return;
    this.#watcher.tick();
    if (this.#now() >= this.#judgeAtMs) this.#judgeAll();
    this.#healDue();
  }

  #now(): number {
    return this.#context.clock.monotonicMs();
  }

  /** Whether an object is being healed here. */
  #isAtWork(root: string): boolean {
    return this.#jobs.has(root) || (this.#passings.get(root)?.atWork ?? "no") !== "no";
  }

  #gathering(): number {
    let count = 0;
    for (const { atWork, end } of this.#jobs.values()) {
      if (end === undefined && atWork !== "made") count++;
    }
    return count;
  }

  #judgeAll(): void {
    this.#judgeLater();
    this.#ward.refresh();
    for (const entry of this.#ward.list.all()) this.#ward.judge(entry);
  }

  #judgeLater(): void {
    const { watchMs = WATCH_MS } = this.#options;
    this.#judgeAtMs = this.#now() + Math.ceil(Math.min(watchMs, this.#ward.unknownMs) / 2);
  }

  #healDue(): void {
    const now = this.#now();
    const due = [...this.#ward.sick]
      .filter(({ root, dueAtMs }) => (dueAtMs ?? now + 1) <= now && !this.#isAtWork(root))
      .map((entry) => ({ entry, margin: this.#ward.margin(entry) }))
      .sort((a, b) => a.margin - b.margin);
    for (const { entry } of due) {
      if (this.#gathering() >= HEALS_MAX) return;
      const job = new HealJob(this.#tools, entry);
      this.#jobs.set(entry.root, job);
      job.start();
    }
  }

  #tickJobs(): void {
    for (const [root, job] of this.#jobs) {
      job.tick();
      if (!job.isOver) continue;
      this.#jobs.delete(root);
      if (job.end === "failed") {
        this.#counts.failed++;
        this.#ward.failed(job.entry);
      } else if (job.end === "healed") {
        this.#counts.healed++;
        this.#counts.made += job.madeCount;
      }
      this.#ward.judge(job.entry);
    }
  }

  /** Owners renew their leases with those that hold something, so they take note of new ones. */
  #onReport(entry: Watched, peer: KnownPeer, indices: readonly number[]): void {
    this.#ward.report(entry, peer, indices);
    const { ledger } = this.#context;
    const object = ledger.object(entry.root);
    if (object === undefined || !isOwn(object)) return;
    const holders = this.#ward.holdersFor(entry, object.holders);
    if (holders.every((holder, index) => holder === object.holders[index])) return;
    ledger.update({ ...object, holders });
    this.#tools.port.onHolders(entry.root);
  }

  #onWatch(from: PeerId, message: StoreMessage): StoreMessage {
    const { book, list } = this.#ward;
    const known = book.get(from);
    if (message.t !== "watch" || known === undefined || this.#isHeld || !book.mayAsk(from)) {
      return { t: "missing" };
    }
    this.#ward.refresh();
    const asked = new Map(message.entries.map(({ tag }, position) => [tag, position]));
    const { suite, ledger } = this.#context;
    const entries: CommonEntry[] = [];
    for (const entry of list.all()) {
      const position = asked.get(tagOf(suite, message.nonce, entry.root));
      if (position === undefined) continue;
      this.#onReport(entry, known, message.entries[position]?.indices ?? []);
      entries.push({ position, indices: ledger.indices(entry.root) });
    }
    return { t: "common", entries: entries.sort((a, b) => a.position - b.position) };
  }

  #onClaim(from: PeerId, message: StoreMessage): StoreMessage {
    const entry = message.t === "claim" ? this.#ward.list.byLocateId(message.locateId) : undefined;
    if (message.t !== "claim" || entry === undefined) return { t: "noted", atWork: "no" };
    const job = this.#jobs.get(entry.root);
    const passing = this.#passings.get(entry.root);
    if (message.state === "begins") passing?.meets(from, false);
    if (message.state !== "begins") this.#ward.believe(from, entry, message.placed);
    else if (job !== undefined && job.end === undefined) job.meets(from, false);
    else this.#ward.leaveTo(from, entry, 1000 * message.seconds);
    const isGoing = job !== undefined && job.end === undefined;
    return { t: "noted", atWork: isGoing ? job.atWork : (passing?.atWork ?? "no") };
  }

  #onLack(from: PeerId, message: StoreMessage): StoreMessage {
    const isHeard = message.t === "lack" && this.#ward.book.mayAsk(from);
    const lacks = isHeard ? this.#lacks(message.root) : undefined;
    return lacks === undefined ? { t: "missing" } : { t: "lacks", ...lacks };
  }

  /** What of an object is believed to be lost, where nobody heals it yet. */
  #lacks(root: string): Lacks | undefined {
    const { clock } = this.#context;
    const entry = this.#ward.list.get(root);
    if (entry?.shape === undefined) return undefined;
    const isClaimed = [...entry.claims.values()].some((untilMs) => untilMs > this.#now());
    const isLeft = isClaimed || this.#isAtWork(root) || !this.#ward.isSick(entry, entry.shape);
    const wantedMs = this.#tools.port.wantedUntilMs(root) - clock.wallMs();
    const seconds = Math.max(0, Math.floor(wantedMs / 1_000));
    return { indices: isLeft ? [] : this.#ward.lost(entry), seconds };
  }
}
