import {
  FRAME_SIZE_ASKS_MAX,
  FRAME_SIZE_CHECK_MS,
  FRAME_SIZE_RAISE_MS,
  FRAME_SIZE_WAIT_MIN_MS,
} from "./limits.ts";

/** Frames that pass where larger ones do not: jumbo frames, Ethernet, DSL (PPPoE), WireGuard within IPv6, further tunnels. */
const USUAL_BYTES: readonly number[] = [8_952, 1_452, 1_444, 1_372, 1_332];
/** Marks the numbers of these probes: those that measure time count from 0. */
const MARK = 0x8000_0000;

/** What a search for larger frames needs of its link. */
export interface FrameSizeWay {
  /** What every way to there carries, in bytes. */
  readonly leastBytes: number;
  /** The largest frame that this machine would send there in one piece, as far as it knows now. */
  mostBytes(): number;
  /** Sends a probe of so many bytes. */
  probe(id: number, bytes: number): void;
}

/**
 * How large frames to one endpoint may be. Until larger ones have proven to arrive, and whenever
 * they no longer do, they are as large as every way carries. The proof is the echo of a probe
 * that was filled up to the size in question (packetization layer path MTU discovery, RFC 8899); what the
 * system has been told by routers is where the search begins, never a proof. Traffic drives it: a
 * link that carries no large packets is never searched.
 */
export class FrameSize {
  readonly #way: FrameSizeWay;
  #bytes: number;
  #askedBytes = 0;
  #asks = 0;
  #id = 0;
  /** When there is something to do; nothing happens before. */
  #nextMs = Number.NEGATIVE_INFINITY;
  /** Until then nothing larger than what is proven is tried. */
  #raiseAtMs = Number.NEGATIVE_INFINITY;

  constructor(way: FrameSizeWay) {
    this.#way = way;
    this.#bytes = way.leastBytes;
  }

  /** The largest frame that may be sent now, in bytes. */
  get bytes(): number {
    return this.#bytes;
  }

  /**
   * A packet is about to leave that is larger than every way carries.
   * @param roundTripMs 0 where it is not known
   */
  used(nowMs: number, roundTripMs: number): void {
    if (nowMs < this.#nextMs) return;
    if (this.#askedBytes === 0) this.#look(nowMs, roundTripMs);
    else if (this.#isWorthAsking()) this.#ask(nowMs, roundTripMs);
    else this.#unanswered(nowMs, roundTripMs);
  }

  /** An echo came; changes nothing where it answers no probe of the size that is tried now. */
  echoed(id: number, nowMs: number): void {
    if (this.#askedBytes === 0 || id !== (MARK | this.#id) >>> 0) return;
    this.#bytes = this.#askedBytes;
    this.#askedBytes = 0;
    this.#nextMs = nowMs + FRAME_SIZE_CHECK_MS;
  }

  /** Frames go elsewhere from now on: nothing is proven there. */
  reset(): void {
    this.#bytes = this.#way.leastBytes;
    this.#askedBytes = 0;
    this.#nextMs = Number.NEGATIVE_INFINITY;
    this.#raiseAtMs = Number.NEGATIVE_INFINITY;
  }

  /** A router may have told the system meanwhile that the last probe was too large. */
  #isWorthAsking(): boolean {
    return this.#asks < FRAME_SIZE_ASKS_MAX && this.#askedBytes <= this.#way.mostBytes();
  }

  #look(nowMs: number, roundTripMs: number): void {
    const mostBytes = this.#way.mostBytes();
    // The system has learned of something narrow on the way.
    if (mostBytes < this.#bytes) this.#bytes = this.#way.leastBytes;
    const isRaised = mostBytes > this.#bytes && nowMs >= this.#raiseAtMs;
    this.#try(isRaised ? mostBytes : this.#bytes, nowMs, roundTripMs);
  }

  #try(bytes: number, nowMs: number, roundTripMs: number): void {
    if (bytes <= this.#way.leastBytes) {
      this.#askedBytes = 0;
      this.#nextMs = nowMs + FRAME_SIZE_RAISE_MS;
      return;
    }
    this.#askedBytes = bytes;
    this.#asks = 0;
    this.#id = (this.#id + 1) % MARK;
    this.#ask(nowMs, roundTripMs);
  }

  #ask(nowMs: number, roundTripMs: number): void {
    this.#asks += 1;
    this.#nextMs = nowMs + Math.max(FRAME_SIZE_WAIT_MIN_MS, 3 * roundTripMs);
    this.#way.probe((MARK | this.#id) >>> 0, this.#askedBytes);
  }

  /** Too large; where that was in use, something on the way swallows it and says nothing. */
  #unanswered(nowMs: number, roundTripMs: number): void {
    const { leastBytes } = this.#way;
    const failedBytes = this.#askedBytes;
    const told = this.#way.mostBytes();
    if (failedBytes <= this.#bytes || told < this.#bytes) this.#bytes = leastBytes;
    this.#raiseAtMs = nowMs + FRAME_SIZE_RAISE_MS;
    const below = USUAL_BYTES.find((bytes) => bytes < failedBytes) ?? leastBytes;
    const next = told < failedBytes ? told : below;
    this.#try(Math.max(this.#bytes, next), nowMs, roundTripMs);
  }
}
