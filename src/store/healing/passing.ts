import type { PeerId } from "../../identity/index.ts";
import { fragmentBytes } from "../geometry.ts";
import type { Head } from "../head.ts";
import { LEASE_MS } from "../leases/limits.ts";
import { Minting } from "../minting.ts";
import type { Survey } from "../survey.ts";
import { Call } from "./call.ts";
import { Claimant, placedOf } from "./claims.ts";
import type { BegunRepair, HealTools } from "./heal-job.ts";
import {
  CLAIM_MAX_MS,
  LACKS_ASKED_MAX,
  PASSING_BYTES_FLYING,
  PASSING_BYTES_HELD,
  PASSING_LOOK_MS,
} from "./limits.ts";
import { compareAgents } from "./order.ts";
import { type ObjectShape, shapeOf } from "./watch-list.ts";
import type { AtWork } from "./wire.ts";

/** What an agent says of an object: what it believes to be lost, and for how long it is wanted. */
export interface Lacks {
  /** Empty where it is well, or somebody heals it already. */
  readonly indices: readonly number[];
  readonly seconds: number;
}

/** What healing in passing needs of the healer. */
export interface PassingPort {
  /** What is known here; undefined: nothing. */
  lacks(root: string): Lacks | undefined;
  /** The object is whole again, or it will not be by this. */
  onOver(made: number): void;
}

/** Stripes in the order in which they were handed over, each with k shards by fragment. */
type Stripes = Map<number, ReadonlyMap<number, Uint8Array>>;

/**
 * Goes along with somebody who reads all of an object, and makes what is missing of it from the
 * shards that are read anyway. What is lost, it learns from those who keep fragments: who only
 * reads does not know who is merely away. It never makes the reader wait: where the disk does not
 * keep up, it gives up.
 */
export class PassingHeal {
  readonly root: string;
  readonly #tools: HealTools;
  readonly #port: PassingPort;
  readonly #claimant: Claimant;
  readonly #held: Stripes = new Map();
  #heldBytes = 0;
  readonly #calls: Set<Call> = new Set();
  readonly #voices: Lacks[] = [];
  #phase: "looking" | "asking" | "making" | "finishing" | "spreading" | "over" = "looking";
  #head: Head | undefined;
  #survey: Survey | undefined;
  #minting: Minting | undefined;
  #repair: BegunRepair | undefined;
  #isReadWhole = false;
  #untilMs: number = Number.POSITIVE_INFINITY;
  #lentUntilMs = 0;

  constructor(tools: HealTools, root: string, locateId: string, port: PassingPort) {
    this.root = root;
    this.#tools = tools;
    this.#port = port;
    this.#claimant = new Claimant(tools.context, locateId, tools.claimMs, (peer, isMade) =>
      this.meets(peer, isMade),
    );
  }

  /** How far it is, for agents. */
  get atWork(): AtWork {
    if (this.#phase === "spreading") return "made";
    return this.#phase === "making" || this.#phase === "finishing" ? "gathering" : "no";
  }

  /** Whether it ended and everybody was told. */
  get isOver(): boolean {
    return this.#phase === "over" && this.#claimant.isOver;
  }

  /** The reading begins. */
  begin(head: Head, survey: Survey): void {
    this.#head = head;
    this.#survey = survey;
  }

  /** The reader was given a stripe. The shards are kept for a while. */
  pass(stripe: number, shards: ReadonlyMap<number, Uint8Array>): void {
    if (this.#phase === "making") this.#make(stripe, shards);
    else if (this.#phase !== "over") this.#hold(stripe, shards);
  }

  /**
   * Everything was read.
   * @returns whether the survey is looked after here from now on
   */
  readWhole(): boolean {
    if (this.#phase === "over") return false;
    this.#isReadWhole = true;
    this.#untilMs = this.#now() + PASSING_LOOK_MS;
    this.#survey?.follow(() => this.tick());
    this.#finish();
    return true;
  }

  /** The reading broke off. */
  readEnded(): void {
    if (!this.#isReadWhole) this.#giveUp();
  }

  /** Another agent heals this object, too: one of both lets it be. */
  meets(peer: PeerId, isMade: boolean): void {
    const { context } = this.#tools;
    const isLater = compareAgents(context.suite, this.root, peer, context.self) < 0;
    if (this.atWork !== "gathering" || (!isMade && !isLater)) return;
    if (this.#repair !== undefined && !this.#repair.abort()) return;
    this.#claimant.close();
    this.#end(0);
  }

  /** All fragments that were made here are where they belong. */
  settled(): void {
    const { context } = this.#tools;
    if (this.#phase !== "spreading") return;
    const made = this.#minting?.indices ?? [];
    this.#claimant.tell("done", placedOf(context, this.root, made));
    this.#end(made.length);
  }

  peerReachable(peer: PeerId): void {
    if (this.#ownsSurvey) this.#survey?.peerReachable(peer);
  }

  peerUnreachable(peer: PeerId): void {
    if (this.#ownsSurvey) this.#survey?.peerUnreachable(peer);
  }

  nextDeadlineMs(): number {
    let next = this.#claimant.nextDeadlineMs();
    for (const call of this.#calls) next = Math.min(next, call.nextDeadlineMs());
    if (this.#phase === "over") return next;
    next = Math.min(next, this.#untilMs);
    if (this.#phase === "looking" && this.#survey?.isQuiet === true) return 0;
    const own = this.#ownsSurvey ? this.#survey?.nextDeadlineMs(false) : undefined;
    return Math.min(next, own ?? next);
  }

  tick(): void {
    this.#claimant.tick();
    for (const call of [...this.#calls]) call.tick();
    if (this.#ownsSurvey) this.#survey?.tick(false);
    if (this.#phase === "looking" && this.#survey?.isQuiet === true) this.#look();
    if (this.#now() < this.#untilMs) return;
    if (this.#phase === "spreading") this.#end(this.#minting?.indices.length ?? 0);
    else if (this.#phase !== "finishing") this.#giveUp();
  }

  get #ownsSurvey(): boolean {
    return this.#isReadWhole && this.#repair === undefined && this.#phase !== "over";
  }

  #now(): number {
    return this.#tools.context.clock.monotonicMs();
  }

  /** Everybody within reach has said what it has. */
  #look(): void {
    const { context } = this.#tools;
    const shape = this.#shape();
    if (shape === undefined || this.#alive().size > shape.threshold) {
      this.#end(0);
      return;
    }
    this.#phase = "asking";
    const known = this.#port.lacks(this.root);
    if (known !== undefined) this.#voices.push(known);
    const holders = [...(this.#survey?.sources() ?? [])].map(({ id }) => id);
    const others = holders.filter((id) => id !== context.self && context.facts.isHonest(id));
    const calls = others.slice(0, LACKS_ASKED_MAX).map((peer) => this.#callOf(peer));
    // A call for which there is no stream ends while it is begun, so all are there before that.
    for (const call of calls) this.#calls.add(call);
    for (const call of calls) call.start({ t: "lack", root: this.root });
    this.#decide();
  }

  #callOf(peer: PeerId): Call {
    const call = new Call(this.#tools.context, peer, {
      onAnswer: (message) => {
        if (message.t === "lacks") this.#voices.push(message);
        return undefined;
      },
      onEnd: () => {
        this.#calls.delete(call);
        this.#decide();
      },
    });
    return call;
  }

  /** What nobody within reach has, and half of those asked have given up. */
  #decide(): void {
    const [head, shape] = [this.#head, this.#shape()];
    if (this.#phase !== "asking" || this.#calls.size > 0) return;
    if (head === undefined || shape === undefined) return;
    const { context, budget, hasRoom } = this.#tools;
    const alive = this.#alive();
    const lost: number[] = [];
    for (let index = 0; index < shape.n; index++) {
      const votes = this.#voices.filter(({ indices }) => indices.includes(index)).length;
      if (votes > 0 && 2 * votes >= this.#voices.length && !alive.has(index)) lost.push(index);
    }
    lost.splice(Math.max(0, shape.n - alive.size));
    const seconds = this.#voices.reduce((most, voice) => Math.max(most, voice.seconds), 0);
    const bytes = lost.length * fragmentBytes(head.manifest);
    const isSick = shape.n - lost.length <= shape.threshold && seconds > 0;
    if (!isSick || !hasRoom(bytes) || !budget.take(bytes)) {
      this.#end(0);
      return;
    }
    this.#lentUntilMs = context.clock.wallMs() + Math.min(1_000 * seconds, LEASE_MS);
    this.#phase = "making";
    this.#minting = new Minting(context, head, lost, () => {
      if (this.#minting?.failure !== undefined) this.#giveUp();
    });
    const holders = [...(this.#survey?.sources() ?? [])].map(({ id }) => id);
    this.#claimant.begin(holders.filter((id) => id !== context.self));
    for (const [stripe, shards] of this.#held) this.#make(stripe, shards);
    this.#held.clear();
    if (this.#isReadWhole) this.#finish();
  }

  #hold(stripe: number, shards: ReadonlyMap<number, Uint8Array>): void {
    let bytes = 0;
    for (const shard of shards.values()) bytes += shard.length;
    if (this.#heldBytes + bytes > PASSING_BYTES_HELD) return;
    this.#heldBytes += bytes;
    this.#held.set(stripe, shards);
  }

  #make(stripe: number, shards: ReadonlyMap<number, Uint8Array>): void {
    const minting = this.#minting;
    if (minting === undefined || this.#phase !== "making") return;
    if (minting.flyingBytes > PASSING_BYTES_FLYING) this.#giveUp();
    else minting.take(stripe, shards);
  }

  /** The rest is fetched: coarse layers, which a reader of the whole leaves out, and what was missed. */
  #finish(): void {
    const [minting, survey] = [this.#minting, this.#survey];
    // What was held may have been too much for the disk.
    if (this.#phase !== "making" || minting === undefined || survey === undefined) return;
    this.#phase = "finishing";
    this.#untilMs = Number.POSITIVE_INFINITY;
    const isStillSick = (): boolean => this.#alive().size <= (this.#shape()?.threshold ?? 0);
    this.#repair = this.#tools.port.begin(
      this.root,
      () => (isStillSick() ? minting.indices : []),
      (created) => this.#created(created),
      { begun: { minting, survey }, lentUntilMs: this.#lentUntilMs },
    );
    if (this.#repair === undefined) this.#giveUp();
  }

  #created(created: readonly number[] | undefined): void {
    if (this.#phase !== "finishing") return;
    if (created === undefined || created.length === 0) {
      this.#claimant.tell("gave-up", []);
      this.#end(0);
      return;
    }
    this.#phase = "spreading";
    this.#untilMs = this.#now() + CLAIM_MAX_MS;
  }

  #giveUp(): void {
    if (this.#phase === "over") return;
    if (this.atWork === "gathering") this.#claimant.tell("gave-up", []);
    this.#end(0);
  }

  #end(made: number): void {
    if (this.#ownsSurvey) this.#survey?.close();
    if (this.#repair === undefined) this.#minting?.discard();
    this.#phase = "over";
    this.#held.clear();
    for (const call of [...this.#calls]) call.abandon();
    this.#port.onOver(made);
  }

  #shape(): ObjectShape | undefined {
    return this.#head && shapeOf(this.#head);
  }

  /** Fragments that can be had from those who are believed. */
  #alive(): Set<number> {
    const { context } = this.#tools;
    const alive = new Set<number>();
    for (const { id, indices } of this.#survey?.sources() ?? []) {
      if (id !== context.self && !context.facts.isHonest(id)) continue;
      for (const index of indices) alive.add(index);
    }
    return alive;
  }
}
