import { concatBytes, equalBytes } from "../../base/bytes.ts";
import { FrameSplitter } from "../../feed/index.ts";
import type { PeerId, PersonId } from "../../identity/index.ts";
import type { Stream, StreamCloseReason, StreamEvents } from "../../session/index.ts";
import { framesOf } from "../comparing.ts";
import type { GroupsContext } from "../context.ts";
import { GroupsError } from "../errors.ts";
import type { Group } from "../group.ts";
import { FRAME_BYTES_MAX } from "../limits.ts";
import { HELLO_BYTES, helloTag } from "../protocol.ts";
import {
  CHECKPOINT_SERVICE,
  CHECKPOINT_TAG_LABEL,
  type CheckpointFrame,
  decodeCheckpointFrame,
  encodeCheckpointFrame,
} from "./frames.ts";
import {
  CHECKPOINT_BYTES_MAX,
  PART_BYTES_MAX,
  REST_OPS_MAX,
  TALK_TIMEOUT_MS,
  WORDS_PER_FRAME_MAX,
} from "./limits.ts";

/** What a newcomer gets instead of the history. */
export interface Delivery {
  readonly words: readonly Uint8Array[];
  readonly skeleton: Uint8Array;
  readonly ops: readonly Uint8Array[];
  /** Whether the sender says that it has the history as well. */
  readonly isWhole: boolean;
}

/** What a talk asks of its room. */
export interface TalkHost {
  /** The group that a hello means, of which the peer's person is a member; undefined otherwise. */
  groupOf(tag: Uint8Array, nonce: Uint8Array, talk: Talk): Group | undefined;
  /** What a newcomer is given; undefined where there is no checkpoint. */
  deliveryFor(group: Group, person: PersonId): Delivery | undefined;
  wordsArrived(group: Group, words: readonly Uint8Array[], talk: Talk): void;
  /** Called once, last; with a delivery where a newcomer has got one. */
  over(talk: Talk, delivery: Delivery | undefined): void;
}

/** One short talk about a group's checkpoints, over one stream: both tell the words that they know. */
export class Talk implements StreamEvents {
  readonly peer: PeerId;
  readonly person: PersonId;
  /** Whether this side begins with nothing and wants a checkpoint. */
  readonly isWanting: boolean;
  group: Group | undefined;
  deadlineMs: number;
  readonly #context: GroupsContext;
  readonly #host: TalkHost;
  readonly #splitter = new FrameSplitter(FRAME_BYTES_MAX);
  readonly #isOpener: boolean;
  readonly #sending: CheckpointFrame[] = [];
  #stream: Stream | undefined;
  #isHeld = false;
  #isOver = false;
  #hasHeard = false;
  /** What has arrived so far of a delivery. */
  #words: readonly Uint8Array[] = [];
  readonly #parts: Uint8Array[] = [];
  #partBytes = 0;
  readonly #ops: Uint8Array[] = [];

  /** @param group what the opener is about; undefined on the other side until the hello */
  constructor(
    context: GroupsContext,
    who: { readonly peer: PeerId; readonly person: PersonId; readonly group: Group | undefined },
    host: TalkHost,
  ) {
    this.#context = context;
    this.#host = host;
    this.peer = who.peer;
    this.person = who.person;
    this.group = who.group;
    this.#isOpener = who.group !== undefined;
    this.isWanting = who.group?.log.ops.size === 0;
    this.deadlineMs = this.#nowMs() + TALK_TIMEOUT_MS;
  }

  /** Opens the stream. @returns false where there is no way to the peer */
  open(): boolean {
    const { session, random, identity, suite } = this.#context;
    const { group } = this;
    const stream = session.openStream(this.peer, CHECKPOINT_SERVICE, this);
    if (stream === undefined || group === undefined) return false;
    this.#stream = stream;
    const n = random.bytes(HELLO_BYTES);
    const place = { from: identity.id, to: this.peer, nonce: n };
    const g = helloTag(suite, group.id, place, CHECKPOINT_TAG_LABEL);
    this.#send({ t: "hello", v: 1, n, g, d: group.words.digest(), w: this.isWanting });
    return true;
  }

  /** The other side has opened it. */
  start(stream: Stream): void {
    this.#stream = stream;
  }

  drop(): void {
    if (this.#isOver) return;
    this.#finish(undefined);
    this.#stream?.reset();
  }

  onData(bytes: Uint8Array): void {
    this.#stream?.consume(bytes.length);
    if (this.#isOver) return;
    this.deadlineMs = this.#nowMs() + TALK_TIMEOUT_MS;
    const take = (content: Uint8Array): void => {
      if (!this.#isOver) this.#take(decodeCheckpointFrame(content));
    };
    this.#splitter.read(bytes, take, ({ code }) => {
      this.#context.log.warn("group checkpoint stream refused", { peer: this.peer, code });
      this.drop();
    });
  }

  onEnd(): void {
    this.#end(undefined);
  }

  onDrain(): void {
    this.#isHeld = false;
    this.#pump();
  }

  onClose(_reason: StreamCloseReason): void {
    this.#finish(undefined);
  }

  #take(frame: CheckpointFrame): void {
    if (frame.t === "hello") {
      this.#must(!this.#isOpener && !this.#hasHeard);
      this.#hasHeard = true;
      this.#hear(frame);
      return;
    }
    const { group } = this;
    if (group === undefined) throw protocol();
    if (frame.t === "words") this.#takeWords(group, frame.l);
    else if (frame.t === "done") {
      this.#must(this.#isOpener);
      this.#end(this.#delivered(frame.w));
    } else {
      this.#must(this.isWanting);
      if (frame.t === "part") this.#takePart(frame.b);
      else this.#takeOps(frame.o);
    }
  }

  #hear({ n, g, d, w }: Extract<CheckpointFrame, { readonly t: "hello" }>): void {
    const group = this.#host.groupOf(g, n, this);
    this.group = group;
    if (group === undefined) {
      this.#end(undefined);
      return;
    }
    if (w) {
      this.#deliver(this.#host.deliveryFor(group, this.person));
      return;
    }
    const words = group.words.words().slice(0, WORDS_PER_FRAME_MAX);
    if (equalBytes(d, group.words.digest())) this.#send({ t: "done", w: true });
    else this.#send({ t: "words", l: words });
  }

  #deliver(delivery: Delivery | undefined): void {
    if (delivery !== undefined) {
      const { words, skeleton, ops } = delivery;
      this.#queue({ t: "words", l: words.slice(0, WORDS_PER_FRAME_MAX) });
      for (let at = 0; at < skeleton.length; at += PART_BYTES_MAX) {
        this.#queue({ t: "part", b: skeleton.subarray(at, at + PART_BYTES_MAX) });
      }
      for (const o of framesOf(ops)) this.#queue({ t: "ops", o });
    }
    this.#queue({ t: "done", w: delivery?.isWhole ?? true });
    this.#pump();
  }

  /** The opener answers with its own words, and that is all. */
  #takeWords(group: Group, words: readonly Uint8Array[]): void {
    if (this.isWanting) {
      this.#words = words;
      return;
    }
    this.#must(this.#isOpener || this.#hasHeard);
    if (this.#isOpener) {
      this.#send({ t: "words", l: group.words.words().slice(0, WORDS_PER_FRAME_MAX) });
    }
    this.#host.wordsArrived(group, words, this);
    this.#end(undefined);
  }

  #takePart(bytes: Uint8Array): void {
    this.#partBytes += bytes.length;
    this.#must(this.#partBytes <= CHECKPOINT_BYTES_MAX);
    this.#parts.push(bytes.slice());
  }

  #takeOps(ops: readonly Uint8Array[]): void {
    this.#must(this.#ops.length + ops.length <= REST_OPS_MAX);
    for (const op of ops) this.#ops.push(op.slice());
  }

  #delivered(isWhole: boolean): Delivery | undefined {
    if (this.#parts.length === 0) return undefined;
    const skeleton = concatBytes(...this.#parts);
    return { words: this.#words, skeleton, ops: this.#ops, isWhole };
  }

  #queue(frame: CheckpointFrame): void {
    this.#sending.push(frame);
  }

  #pump(): void {
    while (!this.#isHeld && !this.#isOver) {
      const frame = this.#sending.shift();
      if (frame === undefined) return;
      this.#send(frame);
    }
  }

  #send(frame: CheckpointFrame): void {
    if (this.#stream?.write(encodeCheckpointFrame(frame)) === false) this.#isHeld = true;
    this.deadlineMs = this.#nowMs() + TALK_TIMEOUT_MS;
  }

  #must(condition: boolean): void {
    if (!condition) throw protocol();
  }

  #end(delivery: Delivery | undefined): void {
    this.#finish(delivery);
    this.#stream?.end();
  }

  #finish(delivery: Delivery | undefined): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#host.over(this, delivery);
  }

  #nowMs(): number {
    return this.#context.clock.monotonicMs();
  }
}

const protocol = (): GroupsError => new GroupsError("protocol", "A frame came that was not due.");
