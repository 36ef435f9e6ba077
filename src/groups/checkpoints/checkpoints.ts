import { equalBytes } from "../../base/bytes.ts";
import { TypedError } from "../../base/errors.ts";
import type { PeerId, PeerRecord, PersonId } from "../../identity/index.ts";
import type { Timed } from "../../ports/index.ts";
import type { Stream, StreamEvents } from "../../session/index.ts";
import type { GroupsContext } from "../context.ts";
import type { Group } from "../group.ts";
import { STRANGERS_MAX } from "../limits.ts";
import { namesPerson } from "../log/index.ts";
import { helloTag } from "../protocol.ts";
import { CHECKPOINT_SERVICE, CHECKPOINT_TAG_LABEL } from "./frames.ts";
import { checkpointKey, encodeKept, type KeptCheckpoint } from "./kept.ts";
import {
  CHECKPOINT_LIFE_MS,
  CHECKPOINT_OPS_MIN,
  CHECKPOINT_TALKS_MAX,
  HISTORY_AFTER_MS,
  LIFE_CHECK_MS,
} from "./limits.ts";
import { believedLog } from "./state.ts";
import { type Delivery, Talk, type TalkHost } from "./talk.ts";

/** What checkpoints ask of the room. */
export interface CheckpointsHost {
  groups(): Iterable<Group>;
  /** Peers with whom the group is being exchanged. */
  partnersOf(group: Group): readonly PeerId[];
  /** Operations of a group were taken up, or are not believed any more. */
  changed(group: Group): void;
  /** A newcomer has a checkpoint, or there is none: the logs may be compared now. */
  settled(group: Group): void;
}

/**
 * Owners' words on checkpoints, told from member to member, and checkpoints for newcomers. A member
 * signs and believes only what its own log says; a newcomer what enough owners have signed, until
 * the history is here.
 */
export class Checkpoints implements Timed {
  readonly #context: GroupsContext;
  readonly #host: CheckpointsHost;
  readonly #talkHost: TalkHost;
  readonly #talks = new Set<Talk>();
  #checkAtMs = Number.POSITIVE_INFINITY;

  constructor(context: GroupsContext, host: CheckpointsHost) {
    this.#context = context;
    this.#host = host;
    this.#talkHost = {
      groupOf: (tag, nonce, talk) => this.#groupOf(tag, nonce, talk),
      deliveryFor: (group, person) => this.#deliveryFor(group, person),
      wordsArrived: (group, words, talk) => this.#wordsArrived(group, words, talk),
      over: (talk, delivery) => this.#over(talk, delivery),
    };
  }

  /** From now on others may ask. */
  open(): void {
    this.#checkAtMs = this.#context.clock.monotonicMs();
    this.#context.session.serve(CHECKPOINT_SERVICE, (stream, from) => this.#accept(stream, from));
  }

  /** A member is in reach: newcomers ask for a checkpoint before anything else, others tell words. */
  met(group: Group, peer: PeerId, isOpener: boolean): void {
    if (group.isNewcomer) {
      if (group.isAwaiting || group.hasAsked) return;
      group.isAwaiting = true;
      if (!this.#talk(group, peer)) group.isAwaiting = false;
    } else if (isOpener && group.log.ops.size >= CHECKPOINT_OPS_MIN) this.#talk(group, peer);
  }

  /** Operations were taken up: words may be due. */
  logChanged(group: Group): void {
    if (group.words.logChanged().length > 0) this.#tell(group, undefined);
  }

  nextDeadlineMs(): number {
    let next = this.#checkAtMs;
    for (const { deadlineMs } of this.#talks) next = Math.min(next, deadlineMs);
    return next;
  }

  tick(): void {
    const nowMs = this.#context.clock.monotonicMs();
    for (const talk of [...this.#talks]) if (nowMs >= talk.deadlineMs) talk.drop();
    if (nowMs < this.#checkAtMs) return;
    this.#checkAtMs = nowMs + LIFE_CHECK_MS;
    for (const group of this.#host.groups()) {
      const { checkpoint } = group;
      if (checkpoint === undefined) continue;
      const ageMs = this.#context.clock.wallMs() - checkpoint.atMs;
      if (ageMs <= CHECKPOINT_LIFE_MS) continue;
      group.doubt();
      this.#host.changed(group);
      this.#host.settled(group);
    }
  }

  #tell(group: Group, except: PeerId | undefined): void {
    for (const peer of this.#host.partnersOf(group)) if (peer !== except) this.#talk(group, peer);
  }

  #talk(group: Group, peer: PeerId): boolean {
    const person = this.#context.personOf(peer);
    if (person === undefined || this.#talks.size >= CHECKPOINT_TALKS_MAX) return false;
    const talk = new Talk(this.#context, { peer, person, group }, this.#talkHost);
    this.#talks.add(talk);
    if (talk.open()) return true;
    this.#talks.delete(talk);
    return false;
  }

  #accept(stream: Stream, from: PeerRecord): StreamEvents | undefined {
    let strangers = 0;
    for (const { peer, group } of this.#talks) {
      if (group !== undefined) continue;
      strangers++;
      // Who has not said which group it means has one stream.
      if (peer === from.id) return undefined;
    }
    if (strangers >= STRANGERS_MAX || this.#talks.size >= CHECKPOINT_TALKS_MAX) return undefined;
    const who = { peer: from.id, person: from.person.personId, group: undefined };
    const talk = new Talk(this.#context, who, this.#talkHost);
    this.#talks.add(talk);
    talk.start(stream);
    return talk;
  }

  #groupOf(tag: Uint8Array, nonce: Uint8Array, { peer, person }: Talk): Group | undefined {
    const { suite, identity } = this.#context;
    const place = { from: peer, to: identity.id, nonce };
    for (const group of this.#host.groups()) {
      if (!group.isIn || !group.has(person)) continue;
      if (equalBytes(tag, helloTag(suite, group.id, place, CHECKPOINT_TAG_LABEL))) return group;
    }
    return undefined;
  }

  /** The checkpoint, what is younger than it, and what lets this person in. */
  #deliveryFor(group: Group, person: PersonId): Delivery | undefined {
    const { checkpoint, log } = group;
    const whole = log.ops.entries.filter(({ op }) => op.bytes.length > 0);
    if (checkpoint !== undefined) {
      const { words, skeleton } = checkpoint;
      return { words, skeleton, ops: whole.map(({ op }) => op.bytes), isWhole: false };
    }
    const best = group.words.best();
    if (best === undefined) return undefined;
    const { cut, skeleton } = best.state;
    const rest = whole.filter((entry) => cut[entry.index] !== true || namesPerson(entry, person));
    return { words: best.words, skeleton, ops: rest.map(({ op }) => op.bytes), isWhole: true };
  }

  #wordsArrived(group: Group, words: readonly Uint8Array[], talk: Talk): void {
    const news = words.filter((bytes) => group.words.take(bytes));
    if (news.length + group.words.logChanged().length > 0) this.#tell(group, talk.peer);
  }

  #over(talk: Talk, delivery: Delivery | undefined): void {
    this.#talks.delete(talk);
    const { group } = talk;
    if (group === undefined || !talk.isWanting || !group.isAwaiting) return;
    if (delivery === undefined || !group.isNewcomer) {
      this.#settle(group);
      return;
    }
    const { words, skeleton } = delivery;
    const checkpoint = { words, skeleton, atMs: this.#context.clock.wallMs() };
    try {
      this.#believe(group, checkpoint, delivery, talk.peer);
    } catch (error) {
      if (!(error instanceof TypedError)) throw error;
      this.#context.log.warn("a checkpoint was refused", { peer: talk.peer, code: error.code });
      this.#settle(group);
    }
  }

  /** Takes part by what the checkpoint says, once that is on disk. @throws TypedError */
  #believe(group: Group, checkpoint: KeptCheckpoint, delivery: Delivery, from: PeerId): void {
    const { suite, vouching, records, log } = this.#context;
    const ops = believedLog(suite, vouching, group.id, checkpoint);
    const write = { key: checkpointKey(group.id), value: encodeKept(checkpoint) };
    records.write([write], (error) => {
      if (error !== null) log.warn("a checkpoint was not kept", { code: error.code });
      else if (group.isNewcomer) {
        const historyDueMs = this.#context.clock.monotonicMs() + HISTORY_AFTER_MS;
        group.begin(ops, checkpoint, { historyDueMs, from: delivery.isWhole ? from : undefined });
        this.#takeRest(group, delivery.ops);
      }
      this.#settle(group);
    });
  }

  #takeRest(group: Group, ops: readonly Uint8Array[]): void {
    // What is missing or wrong is found when the logs are compared.
    const { refusal } = group.accept(ops, true);
    if (refusal !== undefined) {
      this.#context.log.warn("operations behind a checkpoint were refused", {
        code: refusal.code,
      });
    }
    this.#host.changed(group);
  }

  #settle(group: Group): void {
    group.isAwaiting = false;
    group.hasAsked = true;
    this.#host.settled(group);
  }
}
