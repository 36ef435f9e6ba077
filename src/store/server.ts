import type { PeerId } from "../identity/index.ts";
import type { StreamAcceptor } from "../session/index.ts";
import { hasAnswerRoom } from "./answer-room.ts";
import { AuditDesk } from "./audit/desk.ts";
import type { StoreContext } from "./context.ts";
import type { LeaseBook } from "./leases/lease-book.ts";
import { SERVED_AGAIN_MS, SERVED_STREAMS_MAX, SERVED_STREAMS_PER_PEER } from "./limits.ts";
import { ProofTrees } from "./proof-trees.ts";
import { Room } from "./room.ts";
import { ServedStream } from "./serve.ts";

/** The side of the store that other peers talk to. */
export class StoreServer {
  readonly #context: StoreContext;
  readonly #room: Room;
  readonly #desk: AuditDesk;
  readonly #book: LeaseBook;
  readonly #trees: ProofTrees;
  readonly #streams: Set<ServedStream> = new Set();
  readonly #countByPeer: Map<PeerId, number> = new Map();
  /** Those whose next answer found no room. */
  readonly #waiting: Set<ServedStream> = new Set();
  #againMs = Number.POSITIVE_INFINITY;
  #isOpen = false;

  constructor(context: StoreContext, book: LeaseBook) {
    this.#context = context;
    this.#room = new Room(context.ledger, context.quotaBytes);
    this.#desk = new AuditDesk(context);
    this.#book = book;
    this.#trees = new ProofTrees(context.suite);
  }

  /** Bytes kept for others at most. */
  get quotaBytes(): number {
    return this.#room.quotaBytes;
  }

  set quotaBytes(value: number) {
    this.#room.quotaBytes = value;
  }

  /** From now on streams are taken; before, what is on disk is not known yet. */
  open(): void {
    this.#isOpen = true;
  }

  /** Takes nothing more for others, or does again; what is being taken is finished. */
  set isShut(value: boolean) {
    this.#room.isShut = value;
  }

  /** Takes a stream of the service, or refuses it. */
  readonly accept: StreamAcceptor = (stream) => {
    const ofPeer = this.#countByPeer.get(stream.peer) ?? 0;
    const isFull = this.#streams.size >= SERVED_STREAMS_MAX || ofPeer >= SERVED_STREAMS_PER_PEER;
    if (!this.#isOpen || isFull) return undefined;
    const parts = {
      ...{ room: this.#room, desk: this.#desk, book: this.#book, trees: this.#trees },
      mayProve: (asking: ServedStream, root: string, index: number) =>
        this.#mayProve(asking, root, index),
      hasRoom: (asking: ServedStream) => this.#hasRoom(asking),
      onLargeSent: () => this.#letOneGoOn(),
    };
    const served = new ServedStream(this.#context, parts, stream, (over) => this.#drop(over));
    this.#streams.add(served);
    this.#countByPeer.set(stream.peer, ofPeer + 1);
    return served.streamEvents;
  };

  nextDeadlineMs(): number {
    let next = this.#againMs;
    for (const stream of this.#streams) next = Math.min(next, stream.nextDeadlineMs());
    return next;
  }

  tick(): void {
    for (const stream of this.#streams) stream.tick();
    if (this.#context.clock.monotonicMs() < this.#againMs) return;
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    this.#againMs = Number.POSITIVE_INFINITY;
    for (const stream of waiting) stream.goOn();
  }

  #letOneGoOn(): void {
    const [first] = this.#waiting;
    if (first === undefined) return;
    this.#waiting.delete(first);
    first.goOn();
  }

  #hasRoom(stream: ServedStream): boolean {
    return hasAnswerRoom(this.#streams, stream.from) || this.#waits(stream);
  }

  #mayProve(stream: ServedStream, root: string, index: number): boolean {
    const { clock, facts, ledger } = this.#context;
    const fragment = ledger.fragment(root, index);
    const peer = stream.from;
    const asker = { peer, isKnown: fragment?.from === peer || facts.isTrusted(peer) };
    const leaves = fragment?.stripes ?? 0;
    return this.#trees.pay(asker, root, index, leaves, clock.monotonicMs()) || this.#waits(stream);
  }

  #waits(stream: ServedStream): false {
    this.#waiting.add(stream);
    this.#againMs = Math.min(this.#againMs, this.#context.clock.monotonicMs() + SERVED_AGAIN_MS);
    return false;
  }

  #drop(stream: ServedStream): void {
    if (!this.#streams.delete(stream)) return;
    this.#waiting.delete(stream);
    const left = (this.#countByPeer.get(stream.from) ?? 1) - 1;
    if (left === 0) this.#countByPeer.delete(stream.from);
    else this.#countByPeer.set(stream.from, left);
  }
}
