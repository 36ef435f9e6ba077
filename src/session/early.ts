import { concatBytes, equalBytes, utf8 } from "../base/bytes.ts";
import { type CryptoSuite, type NoiseHandshake, noiseNonce, TAG_BYTES } from "../crypto/index.ts";
import type { PeerId } from "../identity/index.ts";
import type { Random } from "../ports/index.ts";
import { Writer } from "../wire/index.ts";
import { EARLY_SEALED_BYTES_MAX, TICKETS_MAX } from "./limits.ts";
import type { PacketBuffer } from "./packet-buffer.ts";
import type { Outbox } from "./paths/outbox.ts";
import type { Piece } from "./sent-packets.ts";
import { RESET_CODE, type SessionStream } from "./stream.ts";
import type { StreamTable } from "./stream-table.ts";

/** Frames about early data: "give me a ticket", and the ticket. Both ask for an acknowledgement. */
export const TICKET_FRAME = { request: 0x32, ticket: 0x33 } as const;

/** Bytes of a ticket. */
export const TICKET_BYTES = 16;
/** Frames that may come along with a first message, in bytes. */
export const EARLY_FRAMES_BYTES_MAX: number = EARLY_SEALED_BYTES_MAX - TAG_BYTES - TICKET_BYTES;
/** The initiator's first stream of a session. */
const FIRST_STREAM_ID = 0;
const LABEL = utf8("peernet session early");

/** What came along with a first message. */
export interface EarlyData {
  readonly ticket: Uint8Array;
  /** Frames; views. */
  readonly frames: Uint8Array;
}

/** The beginning of a stream on its way with a first message. */
export class EarlyStream {
  /** Ticket and frames, sealed. */
  readonly sealed: Uint8Array;
  readonly #stream: SessionStream;
  readonly #piece: Piece;

  private constructor(stream: SessionStream, piece: Piece, sealed: Uint8Array) {
    this.#stream = stream;
    this.#piece = piece;
    this.sealed = sealed;
  }

  /**
   * Takes the beginning of a stream out to go along with a first message that has just been
   * written. Undefined where nothing of it fits.
   * @param what the ticket, the stream, and a buffer to put the frame together in
   */
  static seal(
    suite: CryptoSuite,
    noise: NoiseHandshake,
    what: {
      readonly ticket: Uint8Array;
      readonly stream: SessionStream;
      readonly buffer: PacketBuffer;
    },
  ): EarlyStream | undefined {
    const { ticket, stream, buffer } = what;
    buffer.reset(EARLY_FRAMES_BYTES_MAX);
    const { send, serviceBytes } = stream;
    const piece = send.writeFrame(buffer, FIRST_STREAM_ID, serviceBytes, EARLY_FRAMES_BYTES_MAX);
    if (piece === undefined) return undefined;
    const plain = concatBytes(ticket, buffer.done());
    const sealed = earlyKey(suite, noise).seal(noiseNonce(0), LABEL, plain);
    return new EarlyStream(stream, piece, sealed);
  }

  /** The handshake is over: what went along is due again unless `settle` says otherwise. */
  onGone(): void {
    this.#stream.send.onLost(this.#piece);
  }

  /**
   * A session has come of it: what went along has arrived, or goes again.
   * @param isTaken whether the other side says that it has taken it
   * @returns false where the other side has the stream here and it goes on in another session
   */
  settle(isTaken: boolean, streams: StreamTable): boolean {
    const stream = this.#stream;
    const isClosed = stream.closed !== undefined;
    if (stream.wireId >= 0) return !isTaken;
    if (isClosed && !isTaken) return true;
    // The other side has it open and must hear that nobody wants it any more.
    if (isClosed) stream.send.reset(RESET_CODE.reset);
    streams.open(stream);
    streams.onFate({ kind: "stream", stream, piece: this.#piece }, isTaken);
    return true;
  }
}

/** Reads what came along with the first message that was just read; undefined where it is forged. */
export function openEarly(
  suite: CryptoSuite,
  noise: NoiseHandshake,
  sealed: Uint8Array,
): EarlyData | undefined {
  const plain = earlyKey(suite, noise).open(noiseNonce(0), LABEL, sealed);
  if (plain === undefined || plain.length < TICKET_BYTES) return undefined;
  return { ticket: plain.subarray(0, TICKET_BYTES), frames: plain.subarray(TICKET_BYTES) };
}

/** Seals one message only: every first message has an ephemeral key of its own. */
function earlyKey(suite: CryptoSuite, noise: NoiseHandshake) {
  return suite.aead("chacha20-poly1305", noise.exportSecret(LABEL));
}

function encodeTicket(ticket: Uint8Array): Uint8Array {
  const writer = new Writer(2 + TICKET_BYTES).u8(TICKET_FRAME.ticket).varint(TICKET_BYTES);
  return writer.bytes(ticket).done();
}

/** A handshake that may take the beginning of a stream along. */
export interface EarlyHandshake {
  readonly peer: { readonly id: PeerId };
  readonly early: EarlyStream | undefined;
  readonly earlyTaken: boolean;
  carry(ticket: Uint8Array, stream: SessionStream, buffer: PacketBuffer): void;
}

/** What tickets need of a session. */
export interface TicketSession {
  readonly peer: { readonly id: PeerId };
  readonly streams: StreamTable;
  readonly steering: { readonly outbox: Pick<Outbox, "push"> };
  onWork(): void;
  close(): void;
}

/**
 * Tickets for early data. Each is given to one peer inside a session and good for one first message
 * of that peer: who can send it back has had it under keys that no replay has, so a first message
 * with a ticket is taken once at most. They live in memory only; a restart makes all of them void.
 */
export class Tickets {
  readonly #random: Random;
  /** Ours, by the peer that holds it. */
  readonly #given: Map<PeerId, Uint8Array> = new Map();
  /** Others' tickets, by the peer that gave it. */
  readonly #held: Map<PeerId, Uint8Array> = new Map();

  constructor(random: Random) {
    this.#random = random;
  }

  /** Lets a stream into a session, and asks for a ticket for the next one where it will want one. */
  enter(session: TicketSession, stream: SessionStream): void {
    const isNew = stream.wireId < 0;
    if (stream.isEarly && !this.#held.has(session.peer.id)) {
      session.steering.outbox.push(Uint8Array.of(TICKET_FRAME.request, 0));
      session.onWork();
    }
    if (isNew) session.streams.open(stream);
  }

  /**
   * A peer asks for a ticket, which makes the one it had void, or sends one; `body` is lent.
   * @returns false where the frame is about something else
   */
  onFrame(session: TicketSession, type: number, body: Uint8Array): boolean {
    const peer = session.peer.id;
    if (type === TICKET_FRAME.ticket) {
      if (body.length === TICKET_BYTES) put(this.#held, peer, body.slice());
      return true;
    }
    if (type !== TICKET_FRAME.request) return false;
    const ticket = this.#random.bytes(TICKET_BYTES);
    if (session.steering.outbox.push(encodeTicket(ticket))) put(this.#given, peer, ticket);
    session.onWork();
    return true;
  }

  /** Lets the beginning of a stream go along with a first message, where there is a ticket. */
  board(handshake: EarlyHandshake, stream: SessionStream | undefined, buffer: PacketBuffer): void {
    const ticket = stream && this.#take(handshake.peer.id);
    if (stream !== undefined && ticket !== undefined) handshake.carry(ticket, stream, buffer);
  }

  /**
   * A session has come of a handshake that we began; a ticket of before is void (`revoke`). It ends
   * at once where its first stream goes on in another session, which both sides began meanwhile.
   */
  settle({ early, earlyTaken, peer }: EarlyHandshake, session: TicketSession): void {
    this.#held.delete(peer.id);
    if (early?.settle(earlyTaken, session.streams) === false) session.close();
  }

  #take(peer: PeerId): Uint8Array | undefined {
    const ticket = this.#held.get(peer);
    this.#held.delete(peer);
    return ticket;
  }

  /** Whether this is the peer's ticket; it is void from now on. */
  redeem(peer: PeerId, ticket: Uint8Array): boolean {
    const given = this.#given.get(peer);
    if (given === undefined || !equalBytes(given, ticket)) return false;
    return this.#given.delete(peer);
  }

  /**
   * The peer has begun another session: a first message with its ticket that comes now was held
   * back by somebody, and what it carried has probably been said again.
   */
  revoke(peer: PeerId): void {
    this.#given.delete(peer);
  }
}

/** Puts an entry in as the newest; the oldest gives way where there are too many. */
function put(map: Map<PeerId, Uint8Array>, peer: PeerId, ticket: Uint8Array): void {
  map.delete(peer);
  map.set(peer, ticket);
  if (map.size <= TICKETS_MAX) return;
  const [oldest] = map.keys();
  if (oldest !== undefined) map.delete(oldest);
}
