import { equalBytes } from "../base/bytes.ts";
import { FrameSplitter } from "../feed/index.ts";
import type { PeerId, PersonId } from "../identity/index.ts";
import type { Stream, StreamCloseReason, StreamEvents } from "../session/index.ts";
import { framesOf, haveFrames, lackedBy, lacks } from "./comparing.ts";
import type { GroupsContext } from "./context.ts";
import { GroupsError, notDue } from "./errors.ts";
import type { ExchangeEnd, ExchangeHost, ExchangeWho } from "./exchange-host.ts";
import type { Group } from "./group.ts";
import {
  ANSWER_TIMEOUT_MS,
  COMPARE_PAUSE_MS,
  FRAME_BYTES_MAX,
  IDLE_TIMEOUT_MS,
  LEASES_PER_FRAME_MAX,
  OPS_FRAME_BYTES,
  OPS_PER_FRAME_MAX,
  PROOF_OPS_MAX,
  UNSENT_BYTES_MAX,
} from "./limits.ts";
import type { Op } from "./log/index.ts";
import { decodeFrame, encodeFrame, type GroupFrame, HELLO_BYTES, helloTag } from "./protocol.ts";
import { splitShortIds } from "./sums.ts";

type State = "hello" | "asked" | "proving" | "open" | "refused";

/** The exchange of one group with one peer over one stream. */
export class Exchange implements StreamEvents {
  readonly peer: PeerId;
  readonly person: PersonId;
  readonly isOpener: boolean;
  #group: Group | undefined;
  readonly #context: GroupsContext;
  readonly #host: ExchangeHost;
  readonly #splitter = new FrameSplitter(FRAME_BYTES_MAX);
  #stream: Stream | undefined;
  #state: State;
  #isOver = false;
  /** The stream takes no more for now. */
  #isHeld = false;
  /** What is still to be sent of what the other lacks. */
  #sending: Op[] = [];
  /** More has happened than was told: both have to compare. */
  #isBehind = false;
  #areLeasesDue = false;
  /** Sums that were told and not answered: an answer is not answered, or it would never end. */
  #openSums = 0;
  #hasProved = false;
  #have = new Set<string>();
  #provedOps = 0;
  #comparedAtMs = Number.NEGATIVE_INFINITY;
  #compareDue = Number.POSITIVE_INFINITY;
  #deadlineMs: number;

  constructor(context: GroupsContext, who: ExchangeWho, host: ExchangeHost) {
    this.#context = context;
    this.#host = host;
    this.peer = who.peer;
    this.person = who.person;
    this.isOpener = who.group !== undefined;
    this.#group = who.group;
    this.#state = this.isOpener ? "asked" : "hello";
    this.#deadlineMs = this.#nowMs() + ANSWER_TIMEOUT_MS;
  }

  /** What is exchanged; undefined before the hello. */
  get group(): Group | undefined {
    return this.#group;
  }

  get isOpen(): boolean {
    return this.#state === "open";
  }

  /** Monotonic time at which `tick` wants to be called. */
  get deadlineMs(): number {
    return Math.min(this.#deadlineMs, this.#compareDue);
  }

  start(stream: Stream): void {
    this.#stream = stream;
    if (this.#group === undefined) return;
    const nonce = this.#context.random.bytes(HELLO_BYTES);
    const place = { from: this.#context.identity.id, to: this.peer, nonce };
    const tag = helloTag(this.#context.suite, this.#group.id, place);
    this.#send({ t: "hello", v: 1, n: nonce, g: tag });
  }

  tick(): void {
    const nowMs = this.#nowMs();
    if (nowMs >= this.#compareDue) this.compare();
    if (nowMs < this.#deadlineMs || this.#isOver) return;
    if (this.#state === "open" && !this.#isHeld) this.#endAs("idle");
    else this.drop(this.#state === "refused" ? "refused" : "failed");
  }

  /** Ends it at once. */
  drop(end: ExchangeEnd): void {
    if (this.#isOver) return;
    this.#finish(end);
    this.#stream?.reset();
  }

  /** The group has something new. */
  tell(ops: readonly Op[]): void {
    if (this.#state !== "open" || this.#isOver) return;
    if (this.#sending.length > 0 || this.#isHeld) {
      this.#isBehind = true;
      return;
    }
    this.#sending = [...ops].reverse();
    this.#pump();
  }

  /** Somebody gave their word anew. */
  tellLeases(leases: readonly Uint8Array[]): void {
    if (this.#state !== "open" || this.#isOver) return;
    for (let at = 0; at < leases.length; at += LEASES_PER_FRAME_MAX) {
      this.#send({ t: "leases", l: leases.slice(at, at + LEASES_PER_FRAME_MAX) });
    }
  }

  onData(bytes: Uint8Array): void {
    this.#stream?.consume(bytes.length);
    if (this.#isOver) return;
    const take = (content: Uint8Array): void => {
      if (!this.#isOver) this.#take(decodeFrame(content));
    };
    this.#splitter.read(bytes, take, ({ code }) => {
      this.#context.log.warn("group stream refused", { peer: this.peer, code });
      this.drop("failed");
    });
  }

  onEnd(): void {
    const end = this.#state === "open" ? "idle" : this.#state === "refused" ? "refused" : "failed";
    this.#endAs(end);
  }

  onDrain(): void {
    this.#isHeld = false;
    this.#pump();
  }

  onClose(_reason: StreamCloseReason): void {
    this.#finish("failed");
  }

  #take(frame: GroupFrame): void {
    this.#deadlineMs = this.#nowMs() + (this.isOpen ? IDLE_TIMEOUT_MS : ANSWER_TIMEOUT_MS);
    switch (frame.t) {
      case "hello":
        this.#hear(frame);
        return;
      case "prove":
        this.#must(this.isOpener && this.#state === "asked" && !this.#hasProved);
        this.#prove();
        return;
      case "proved":
        this.#must(this.#state === "proving");
        if (this.#isMember()) this.#open();
        else this.#refuse();
        return;
      case "refused":
        this.#must(this.isOpener && this.#state !== "open");
        this.#wasRefused();
        return;
      case "offer":
        this.#must(this.#state === "refused" && !this.isOpener);
        this.#host.offered(this, frame.l);
        this.#endAs("refused");
        return;
      default:
        this.#exchange(frame);
    }
  }

  #exchange(
    frame: Extract<GroupFrame, { readonly t: "state" | "sums" | "have" | "ops" | "leases" }>,
  ): void {
    if (frame.t === "ops" && this.#state === "proving") {
      this.#provedOps += frame.o.length;
      if (this.#provedOps > PROOF_OPS_MAX) throw notDue();
    } else if (this.#state === "asked" && frame.t === "state") {
      // Who joins knows nobody yet; everybody else speaks to members only.
      this.#must(this.#group?.isNewcomer === true || this.#isMember());
      this.#open();
      if (this.#isOver) return;
    }
    const group = this.#group;
    if (group === undefined || (this.#state !== "open" && this.#state !== "proving")) {
      throw notDue();
    }
    if (frame.t === "ops") {
      this.#arrive(frame.o);
      return;
    }
    this.#must(this.#state === "open");
    if (frame.t === "leases") this.#host.leasesArrived(this, frame.l);
    else if (frame.t === "have") this.#learnWhatIsThere(group, frame);
    else if (this.#isUnread()) this.#compareDue = this.#nowMs() + COMPARE_PAUSE_MS;
    else this.#weigh(group, frame);
  }

  /** Says what is here, where the other side has something else. */
  #weigh(group: Group, frame: Extract<GroupFrame, { readonly t: "state" | "sums" }>): void {
    if (frame.t === "state" && equalBytes(frame.d, group.sums.digest())) {
      group.sameAs(this);
      return;
    }
    if (this.#isToWait(group)) return;
    if (frame.t === "sums") this.#answerSums(group, frame.s);
    else this.#tellSums(group);
  }

  #tellSums({ sums }: Group): void {
    this.#openSums++;
    this.#send({ t: "sums", s: sums.all() });
  }

  /** Whether this peer compares logs later: it says when it is ready. */
  #isToWait(group: Group): boolean {
    const nowMs = this.#nowMs();
    const readyMs = group.comparableMs(this.peer, nowMs);
    if (nowMs >= readyMs) return false;
    this.#compareDue = readyMs;
    return true;
  }

  #hear({ n, g }: Extract<GroupFrame, { readonly t: "hello" }>): void {
    this.#must(this.#state === "hello");
    const group = this.#host.groupOf(g, n, this.peer);
    this.#group = group;
    // Who was added (again), also one whose link lets nobody in, is told by members, who open streams
    // to members only.
    const isKnown = group?.isNewcomer === true || this.#isMember();
    if (group === undefined || (!group.isIn && !isKnown)) {
      this.#refuse();
      return;
    }
    if (isKnown) {
      this.#open();
      return;
    }
    this.#state = "proving";
    this.#send({ t: "prove" });
  }

  #refuse(): void {
    this.#state = "refused";
    this.#send({ t: "refused" });
  }

  #wasRefused(): void {
    const group = this.#group;
    const link = group === undefined ? undefined : this.#host.offerFor(group, this.person);
    if (link !== undefined) this.#send({ t: "offer", l: link });
    this.#endAs("refused");
  }

  /** Sends what shows that this person belongs to the group: the join, or all that is here. */
  #prove(): void {
    const group = this.#group;
    if (group === undefined) return;
    this.#hasProved = true;
    for (const o of framesOf(group.proof())) this.#send({ t: "ops", o });
    this.#send({ t: "proved" });
  }

  #open(): void {
    this.#state = "open";
    this.#deadlineMs = this.#nowMs() + IDLE_TIMEOUT_MS;
    if (!this.#host.opened(this)) {
      this.drop("failed");
      return;
    }
    // Whoever opened the stream waits for this word that it may.
    if (this.isOpener) this.compare();
    else this.#tellState();
    this.#tellAllLeases();
  }

  #tellAllLeases(): void {
    this.tellLeases((this.#group?.freshness.all() ?? []).map(({ bytes }) => bytes));
  }

  /** Says what is here, as soon as logs may be compared, so that both find out what differs. */
  compare(): void {
    const group = this.#group;
    if (group === undefined || !this.isOpen || this.#isOver) return;
    const nowMs = this.#nowMs();
    const pausedUntilMs = this.#comparedAtMs + COMPARE_PAUSE_MS;
    const earliestMs = Math.max(pausedUntilMs, group.comparableMs(this.peer, nowMs));
    if (nowMs < earliestMs) {
      this.#compareDue = earliestMs;
      return;
    }
    this.#tellState();
  }

  #tellState(): void {
    const group = this.#group;
    if (group === undefined) return;
    this.#compareDue = Number.POSITIVE_INFINITY;
    this.#comparedAtMs = this.#nowMs();
    this.#send({ t: "state", d: group.sums.digest() });
    // A state that is the same is not answered, and sums are: who is unsure wants to hear it.
    if (!group.surety.isSure && this.#openSums === 0) this.#tellSums(group);
  }

  #answerSums(group: Group, theirs: Uint8Array): void {
    const { sums } = group;
    // Each needs the other's, whoever began to compare.
    if (this.#openSums === 0) this.#send({ t: "sums", s: sums.all() });
    else this.#openSums--;
    const differing = sums.differing(theirs);
    if (differing.length === 0) group.sameAs(this);
    for (const have of haveFrames(sums, differing)) this.#send(have);
  }

  #learnWhatIsThere(group: Group, frame: Extract<GroupFrame, { readonly t: "have" }>): void {
    for (const id of splitShortIds(frame.h)) this.#have.add(id);
    if (this.#have.size > this.#context.opsMax) throw notDue();
    if (!frame.e) return;
    const isLacking = lacks(frame.b, this.#have);
    this.#have = new Set();
    // In the order of the log, so that everything comes after what it depends on.
    const missing = lackedBy(group.log.ops, isLacking);
    this.#sending = missing.reverse();
    this.#areLeasesDue = missing.length > 0;
    this.#pump();
  }

  #arrive(ops: readonly Uint8Array[]): void {
    try {
      this.#host.arrived(this, ops);
      if (this.#group?.surety.isSure === false) this.compare();
    } catch (error) {
      if (!(error instanceof GroupsError) || error.code !== "gap") throw error;
      // Something came before what it depends on: that is here after the next comparison.
      if (this.isOpen) this.compare();
    }
  }

  #pump(): void {
    while (!this.#isHeld && this.#sending.length > 0 && !this.#isOver) {
      const some: Uint8Array[] = [];
      let bytes = 0;
      while (bytes < OPS_FRAME_BYTES && some.length < OPS_PER_FRAME_MAX) {
        const op = this.#sending.pop();
        if (op === undefined) break;
        some.push(op.bytes);
        bytes += op.bytes.length;
      }
      this.#send({ t: "ops", o: some });
    }
    if (this.#sending.length > 0 || this.#isHeld) return;
    // Words by people of whom the other side did not know before are of use to it only now.
    if (this.#areLeasesDue) this.#tellAllLeases();
    this.#areLeasesDue = false;
    if (this.#isBehind) this.compare();
    this.#isBehind = false;
  }

  #isMember(): boolean {
    return this.#group?.log.members().has(this.person) === true;
  }

  #must(condition: boolean): void {
    if (!condition) throw notDue();
  }

  #send(frame: GroupFrame): void {
    const stream = this.#stream;
    if (stream === undefined || this.#isOver) return;
    if (frame.t === "leases" && this.#isUnread()) return;
    if (!stream.write(encodeFrame(frame))) this.#isHeld = true;
  }

  /** The other side asks and does not read: answers would pile up, and wait instead. */
  #isUnread(): boolean {
    return (this.#stream?.unacknowledgedBytes ?? 0) > UNSENT_BYTES_MAX;
  }

  #endAs(end: ExchangeEnd): void {
    this.#finish(end);
    this.#stream?.end();
  }

  #finish(end: ExchangeEnd): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#host.over(this, end);
  }

  #nowMs(): number {
    return this.#context.clock.monotonicMs();
  }
}
