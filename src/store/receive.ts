import { equalBytes, toHex } from "../base/bytes.ts";
import type { PeerId } from "../identity/index.ts";
import { WireError } from "../wire/index.ts";
import { BlockJob } from "./block-job.ts";
import type { Channel } from "./channel.ts";
import type { StoreContext } from "./context.ts";
import type { StoreError } from "./errors.ts";
import { fragmentBytes, shardBytes, stripeCount } from "./geometry.ts";
import { decodeHead, type Head } from "./head.ts";
import { fragmentWith } from "./leaf-batches.ts";
import type { LeaseBook } from "./leases/lease-book.ts";
import { RECEIVING_FLYING_BYTES } from "./limits.ts";
import { HASH_BYTES, hashAt, leafHash, treeRoot } from "./merkle.ts";
import {
  encodeMessage,
  type FragmentVerdict,
  type OfferVerdict,
  type StoreMessage,
} from "./messages.ts";
import type { Room } from "./room.ts";

/** A fragment that is coming in. */
interface Incoming {
  readonly index: number;
  readonly leaves: Uint8Array;
  readonly job: BlockJob;
  nextStripe: number;
  isCommitting: boolean;
}

/** What one stream may be in the middle of. */
interface Offer {
  readonly head: Head;
  /** For how long others want what is brought for their sake; undefined: the bringer wants it. */
  readonly seconds: number | undefined;
  /** Indices that were promised room and have not begun, in the order they will come. */
  readonly expected: number[];
  current: Incoming | undefined;
  /** Fragments of which not all shards are on disk or noted yet. */
  readonly unfinished: Map<number, Incoming>;
}

/**
 * Takes in fragments that a peer brings over one stream. Every shard is checked against the
 * head before it touches the disk; "stored" is said after everything is safe from a crash.
 */
export class Receiver {
  readonly #context: StoreContext;
  readonly #room: Room;
  readonly #book: LeaseBook;
  readonly #from: PeerId;
  readonly #channel: () => Channel;
  #offer: Offer | undefined;
  #isOver = false;
  #isUnread = false;

  constructor(
    context: StoreContext,
    room: Room,
    book: LeaseBook,
    from: PeerId,
    channel: () => Channel,
  ) {
    this.#context = context;
    this.#room = room;
    this.#book = book;
    this.#from = from;
    this.#channel = channel;
  }

  /** Whether an offer is open. */
  get isBusy(): boolean {
    return this.#offer !== undefined;
  }

  /** The other side reads again what it is answered. */
  drained(): void {
    this.#isUnread = false;
  }

  /** Bytes on their way to the disk. */
  get flyingBytes(): number {
    let bytes = 0;
    for (const incoming of this.#offer?.unfinished.values() ?? [])
      bytes += incoming.job.flyingBytes;
    return bytes;
  }

  /**
   * Answers an offer and reserves room for what is wanted of it.
   * @param seconds for how long others want it; undefined: whoever brings it wants it
   * @throws WireError where the offer is malformed or another one is open
   */
  onOffer(indices: readonly number[], headBytes: Uint8Array, seconds: number | undefined): void {
    if (this.#offer !== undefined || this.#isOver || this.#isUnread) {
      throw new WireError("out-of-range", "An offer came before the last one was done with.");
    }
    const head = decodeHead(this.#context.suite, headBytes);
    if (indices.length === 0 || indices.some((index) => index >= head.manifest.nMax)) {
      throw new WireError("out-of-range", "An offer names a fragment that does not exist.");
    }
    if (!this.#room.open()) {
      this.#answer("busy", []);
      return;
    }
    const verdicts = indices.map((index) => this.#judge(head, index));
    const expected = indices.filter((_, i) => verdicts[i] === "send");
    this.#offer = { head, seconds, expected, current: undefined, unfinished: new Map() };
    const here = indices.filter((_, i) => verdicts[i] === "have");
    const answer = (): void => {
      this.#answer(verdicts.every((verdict) => verdict === "full") ? "full" : "ok", verdicts);
      if (this.#offer !== undefined) this.#finish(this.#offer);
    };
    if (here.length === 0 || seconds !== undefined) {
      answer();
      return;
    }
    this.#wish(head.rootHex, here, (isNoted) => {
      if (this.#isOver) return;
      if (isNoted) answer();
      // What would not be kept for this peer is not here for it.
      else this.#refuse(head, expected);
    });
  }

  /**
   * The peer wants fragments, too, that are here: it may delete its own when it hears so, and whoever put
   * them here may let them go. Those that this peer keeps for itself are kept for both.
   */
  #wish(root: string, here: readonly number[], done: (isNoted: boolean) => void): void {
    const { ledger } = this.#context;
    const own = here.filter((index) => ledger.fragment(root, index)?.from === undefined);
    // What waits here for other peers is not settled yet: whoever wants it may ask again.
    if (own.length > 0 && (ledger.object(root)?.spreadOver ?? 0) < 2) {
      done(false);
      return;
    }
    ledger.assign(root, own, this.#from, [], (error) => {
      if (error !== undefined) {
        done(false);
        return;
      }
      if (own.length > 0) this.#book.arrived(this.#from, root);
      const noted = (failure: StoreError | undefined, [isKept]: readonly boolean[]): void =>
        done(failure === undefined && isKept === true);
      this.#book.adopt(this.#from, [root], noted);
    });
  }

  #refuse(head: Head, expected: readonly number[]): void {
    for (const index of expected) this.#room.release(head, index);
    this.#offer = undefined;
    this.#room.close();
    this.#answer("busy", []);
  }

  /** The leaf list that begins a fragment. @throws WireError where it is not the expected one */
  onLeaves(index: number, leaves: Uint8Array): void {
    const offer = this.#offer;
    if (offer === undefined || offer.current !== undefined || offer.expected[0] !== index) {
      throw new WireError("out-of-range", "A leaf list came that nobody waits for.");
    }
    const { head } = offer;
    const isWhole = leaves.length === stripeCount(head.manifest) * HASH_BYTES;
    const committed = hashAt(head.fragmentRoots, index);
    if (!isWhole || !equalBytes(treeRoot(this.#context.suite, leaves), committed)) {
      throw new WireError("malformed", "A leaf list is not the one the object commits to.");
    }
    const id = toHex(this.#context.random.bytes(16));
    const { blocks, log } = this.#context;
    const job = new BlockJob(id, blocks, log, () => this.#onDisk(incoming));
    const incoming: Incoming = { index, leaves, job, nextStripe: 0, isCommitting: false };
    offer.expected.shift();
    offer.current = incoming;
    offer.unfinished.set(index, incoming);
  }

  /** The next shard of the fragment. @throws WireError where it is not the expected one */
  onShard(index: number, stripe: number, shard: Uint8Array): void {
    const offer = this.#offer;
    const current = offer?.current;
    if (offer === undefined || current === undefined) {
      throw new WireError("out-of-range", "A shard came that nobody waits for.");
    }
    const { manifest } = offer.head;
    const isNext = current.index === index && current.nextStripe === stripe;
    if (!isNext || shard.length !== shardBytes(manifest, stripe)) {
      throw new WireError("out-of-range", "A shard came out of order or in a wrong size.");
    }
    const leaf = leafHash(this.#context.suite, shard);
    if (!equalBytes(leaf, hashAt(current.leaves, stripe))) {
      throw new WireError("malformed", "A shard is not the one the object commits to.");
    }
    current.nextStripe++;
    if (current.nextStripe === stripeCount(manifest)) offer.current = undefined;
    current.job.put(index, stripe, shard, leaf);
    this.#channel().hold(this.flyingBytes > RECEIVING_FLYING_BYTES);
  }

  /** The stream is over: what is not stored completely goes, and its room is free again. */
  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const offer = this.#offer;
    if (offer === undefined) return;
    for (const index of offer.expected) this.#room.release(offer.head, index);
    for (const incoming of offer.unfinished.values()) {
      if (incoming.isCommitting) continue;
      incoming.job.discard();
      this.#room.release(offer.head, incoming.index);
    }
    this.#room.close();
  }

  #judge(head: Head, index: number): FragmentVerdict {
    const { ledger } = this.#context;
    if (ledger.fragment(head.rootHex, index) !== undefined) return "have";
    return this.#room.reserve(head, index, fragmentBytes(head.manifest), this.#from);
  }

  #answer(verdict: OfferVerdict, fragments: readonly FragmentVerdict[]): void {
    if (verdict === "full") this.#context.counters.refusedOffers++;
    this.#tell({ t: "answer", verdict, fragments });
  }

  #onDisk(incoming: Incoming): void {
    const offer = this.#offer;
    if (this.#isOver || offer === undefined) return;
    if (incoming.job.failure !== undefined) {
      this.#failed(incoming);
      return;
    }
    this.#channel().hold(this.flyingBytes > RECEIVING_FLYING_BYTES);
    const isWhole = incoming.nextStripe === stripeCount(offer.head.manifest);
    if (!isWhole || incoming.job.flying > 0) return;
    incoming.isCommitting = true;
    const { index, leaves, job } = incoming;
    const fragments = [fragmentWith(index, job.id, leaves)];
    const commit = { head: offer.head, fragments, from: this.#from, object: undefined };
    this.#context.ledger.commit(commit, (error) => {
      this.#room.release(offer.head, index);
      offer.unfinished.delete(index);
      if (error === undefined) this.#note(offer);
      else job.discard();
      if (this.#isOver) return;
      this.#tell({ t: error === undefined ? "stored" : "failed", index });
      this.#finish(offer);
    });
  }

  #note({ head, seconds }: Offer): void {
    if (seconds === undefined) this.#book.arrived(this.#from, head.rootHex);
    else this.#book.lend(this.#from, head.rootHex, this.#context.clock.wallMs() + 1_000 * seconds);
  }

  /** This disk does not take the fragment: say so, and hear the rest of the stream no more. */
  #failed(incoming: Incoming): void {
    this.#context.log.warn("fragment not stored", { reason: incoming.job.failure?.code });
    this.#tell({ t: "failed", index: incoming.index });
    this.end();
    this.#offer = undefined;
  }

  /** Every offer has few answers; who makes offers and reads none of them is not heard further. */
  #tell(message: StoreMessage): void {
    if (!this.#channel().send(encodeMessage(message))) this.#isUnread = true;
  }

  #finish(offer: Offer): void {
    if (offer.unfinished.size > 0 || offer.expected.length > 0) return;
    this.#offer = undefined;
    this.#room.close();
  }
}
