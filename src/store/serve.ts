import type { PeerId } from "../identity/index.ts";
import type { Stream, StreamEvents } from "../session/index.ts";
import { WireError } from "../wire/index.ts";
import { AuditClerk, type AuditDesk } from "./audit/desk.ts";
import { Channel } from "./channel.ts";
import type { StoreContext } from "./context.ts";
import { EXTENSIONS, extensionsId } from "./extensions.ts";
import { LeaseClerk } from "./leases/clerk.ts";
import type { LeaseBook } from "./leases/lease-book.ts";
import { MESSAGE_BYTES_MAX, SERVED_IDLE_MS, SERVED_QUEUE_MAX } from "./limits.ts";
import { HASH_BYTES } from "./merkle.ts";
import { encodeMessage, encodeShardPrefix, type StoreMessage } from "./messages.ts";
import { proveRun } from "./multiproof.ts";
import type { ProofTrees } from "./proof-trees.ts";
import { Receiver } from "./receive.ts";
import type { Room } from "./room.ts";

type Request = Extract<
  StoreMessage,
  {
    t:
      | ("find" | "head" | "leaves" | "paths" | "shard" | "challenge" | "reveal")
      | ("renew" | "wishes" | "adopt")
      | ("watch" | "claim" | "lack");
  }
>;

/** What all served streams share. */
export interface ServedParts {
  readonly room: Room;
  readonly desk: AuditDesk;
  readonly book: LeaseBook;
  /** Whether there is room for another large answer to this peer; if not, `goOn` is called soon. */
  readonly hasRoom: (stream: ServedStream) => boolean;
  /** Whether a proof may be made for this stream now; if not, `goOn` is called soon. */
  readonly mayProve: (stream: ServedStream, root: string, index: number) => boolean;
  readonly trees: ProofTrees;
  /** A large answer was sent, and may have been smaller than what was kept free for it. */
  readonly onLargeSent: () => void;
}

/** Requests whose answers are as large as messages get. */
const LARGE: ReadonlySet<Request["t"]> = new Set(["shard", "leaves", "paths"]);

/** One stream that another peer opened: answers its questions in order, takes in its offers. */
export class ServedStream {
  readonly from: PeerId;
  readonly #context: StoreContext;
  readonly #channel: Channel;
  readonly #streamEvents: StreamEvents;
  readonly #receiver: Receiver;
  readonly #clerk: AuditClerk;
  readonly #leases: LeaseClerk;
  readonly #onOver: (stream: ServedStream) => void;
  readonly #parts: ServedParts;
  readonly #queue: Request[] = [];
  #isAnswering = false;
  #isBlocked = false;
  #isLarge = false;
  #movement = 0;
  #movedAtMs: number;

  constructor(
    context: StoreContext,
    parts: ServedParts,
    stream: Stream,
    onOver: (stream: ServedStream) => void,
  ) {
    this.from = stream.peer;
    this.#context = context;
    this.#onOver = onOver;
    this.#parts = parts;
    this.#movedAtMs = context.clock.monotonicMs();
    const accepted = Channel.accept(stream, {
      onMessage: (message) => this.#onMessage(message),
      onDrain: () => {
        this.#isBlocked = false;
        this.#receiver.drained();
        this.#answerNext();
      },
      onClosed: () => this.#end(),
    });
    this.#channel = accepted.channel;
    this.#streamEvents = accepted.streamEvents;
    const { room, desk, book } = parts;
    this.#receiver = new Receiver(context, room, book, stream.peer, () => this.#channel);
    this.#leases = new LeaseClerk(context, book, stream.peer);
    this.#clerk = new AuditClerk(desk, stream.peer);
  }

  /** What the session calls for this stream. */
  get streamEvents(): StreamEvents {
    return this.#streamEvents;
  }

  /** Bytes of answers on their way, with those that one which is put together may take. */
  get unreadBytes(): number {
    return this.#channel.unreadBytes + (this.#isLarge ? MESSAGE_BYTES_MAX : 0);
  }

  /** There may be room again for an answer that found none. */
  goOn(): void {
    this.#answerNext();
  }

  nextDeadlineMs(): number {
    return this.#movedAtMs + SERVED_IDLE_MS;
  }

  tick(): void {
    const now = this.#context.clock.monotonicMs();
    if (this.#channel.movement !== this.#movement || this.#clerk.isProving) {
      this.#movement = this.#channel.movement;
      this.#movedAtMs = now;
    } else if (now >= this.nextDeadlineMs()) {
      this.close();
    }
  }

  /** Ends the stream from this side. */
  close(): void {
    this.#channel.close();
    this.#end();
  }

  #onMessage(message: StoreMessage): void {
    switch (message.t) {
      case "find":
      case "head":
      case "leaves":
      case "paths":
      case "shard":
      case "challenge":
      case "reveal":
      case "renew":
      case "wishes":
      case "adopt":
      case "watch":
      case "claim":
      case "lack":
        if (this.#queue.length >= SERVED_QUEUE_MAX) {
          throw new WireError("out-of-range", "Too many requests at a time.");
        }
        this.#queue.push(message);
        this.#answerNext();
        break;
      case "offer":
        this.#receiver.onOffer(message.indices, message.head, undefined);
        break;
      case "lend":
        this.#receiver.onOffer(message.indices, message.head, message.seconds);
        break;
      case "leavesAre":
        this.#receiver.onLeaves(message.index, message.leaves);
        break;
      case "shardIs":
        this.#receiver.onShard(message.index, message.stripe, message.shard);
        break;
      default:
        throw new WireError("out-of-range", "An answer came where a request belongs.");
    }
  }

  #answerNext(): void {
    if (this.#isAnswering || this.#isBlocked || this.#channel.isOver) return;
    const request = this.#queue[0];
    if (request === undefined) return;
    const isLarge = LARGE.has(request.t);
    if (isLarge && !this.#parts.hasRoom(this)) return;
    if (request.t === "paths" && !this.#parts.mayProve(this, request.root, request.index)) return;
    this.#queue.shift();
    this.#isLarge = isLarge;
    this.#isAnswering = true;
    this.#answer(request, (...parts) => {
      this.#isAnswering = false;
      this.#isLarge = false;
      this.#isBlocked = !this.#channel.send(...parts);
      this.#answerNext();
      if (isLarge) this.#parts.onLargeSent();
    });
  }

  #answer(request: Request, reply: (...parts: Uint8Array[]) => void): void {
    const { ledger } = this.#context;
    const missing = encodeMessage({ t: "missing" });
    switch (request.t) {
      case "find":
        reply(encodeMessage({ t: "found", indices: this.#found(request.locateId) }));
        break;
      case "head":
        ledger.head(request.root, (head) =>
          reply(head === undefined ? missing : encodeMessage({ t: "headIs", head: head.bytes })),
        );
        break;
      case "leaves": {
        const { root, index } = request;
        ledger.leaves(root, index, (leaves) =>
          reply(leaves === undefined ? missing : encodeMessage({ t: "leavesAre", index, leaves })),
        );
        break;
      }
      case "paths": {
        const { root, index, first, count } = request;
        ledger.leaves(root, index, (leaves) => {
          const isThere = leaves !== undefined && (first + count) * HASH_BYTES <= leaves.length;
          const tree = isThere ? this.#parts.trees.of(root, index, leaves) : [];
          const proof = isThere && proveRun(this.#context.suite, leaves, { first, count }, tree);
          reply(proof ? encodeMessage({ t: "pathsAre", index, first, proof }) : missing);
        });
        break;
      }
      case "shard": {
        const { root, index, stripe } = request;
        ledger.shard(root, index, stripe, (shard) => {
          if (shard === undefined) {
            reply(missing);
            return;
          }
          this.#context.courtesy.noteRead(this.#context.clock.monotonicMs());
          reply(encodeShardPrefix(index, stripe, shard.length), shard);
        });
        break;
      }
      case "challenge":
        this.#clerk.challenge(request, reply);
        break;
      case "reveal":
        this.#clerk.reveal(reply);
        break;
      case "renew":
        this.#leases.renew(request.digest, reply);
        break;
      case "wishes":
        this.#leases.wishes(request.wishes, reply);
        break;
      case "adopt":
        this.#leases.adopt(request.roots, reply);
        break;
      default: {
        const answer = this.#context.answerers.get(request.t)?.(this.from, request);
        reply(answer === undefined ? missing : encodeMessage(answer));
      }
    }
  }

  #found(locateId: string): readonly number[] {
    const { ledger, suite } = this.#context;
    const root = ledger.rootOfLocateId(locateId);
    if (root !== undefined) return ledger.indices(root);
    return locateId === extensionsId(suite) ? EXTENSIONS : [];
  }

  #end(): void {
    this.#queue.length = 0;
    this.#receiver.end();
    this.#clerk.end();
    this.#onOver(this);
  }
}
