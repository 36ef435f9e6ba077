import { FrameSplitter, frameOf } from "../feed/index.ts";
import { WireError } from "../wire/index.ts";
import { decodeLease, encodeLease, type Lease } from "./ip/full/lease.ts";
import { FULL_TUNNEL_FRAME_BYTES_MAX } from "./limits.ts";
import type { Line, LineEnds } from "./line.ts";
import { numberOf, type RefusalCode, refusalOf } from "./opening.ts";
import type { Far } from "./splice.ts";
import type { Near } from "./types.ts";

/** First byte of a frame on the stream of a full tunnel. */
const FRAME = { lease: 1, notice: 2 } as const;

const NOTHING = (): void => undefined;
/** There is no program at the end of a full tunnel, but an interface. */
export const NO_NEAR: Near = {
  attach: NOTHING,
  write: (_bytes, sent) => sent(),
  end: NOTHING,
  destroy: NOTHING,
  pause: NOTHING,
  resume: NOTHING,
};

/** The exit's end of a full tunnel's stream: the lease goes out, then notices. Nothing comes in. */
export class ExitLine implements Line {
  readonly #stream: Far;
  readonly #ends: LineEnds;
  readonly #onOver: () => void;
  #isOver = false;

  /** @param onOver the tunnel is over; called once */
  constructor(stream: Far, ends: LineEnds, onOver: () => void) {
    this.#stream = stream;
    this.#ends = ends;
    this.#onOver = onOver;
  }

  /** Tells the user its addresses. */
  lease(lease: Lease): void {
    this.#stream.write(frameOf(Uint8Array.of(FRAME.lease, ...encodeLease(lease))));
  }

  /** Tells the user why its packets do not pass now. */
  notice(refusal: RefusalCode): void {
    this.#stream.write(frameOf(Uint8Array.of(FRAME.notice, numberOf(refusal))));
  }

  farData(): void {
    this.#stream.reset();
  }

  farEnd(): void {
    this.#stream.end();
  }

  farDrain(): void {}

  farClose(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#onOver();
    this.#ends.onOver();
  }
}

/** What a user's end of a full tunnel tells. */
export interface UserLineEvents {
  /** Packets may pass. Called once and first. */
  onLease(lease: Lease): void;
  /** The exit lets no packets pass for now. */
  onNotice(refusal: RefusalCode): void;
  /** The tunnel is over; called once. */
  onOver(): void;
}

/** The user's end of a full tunnel's stream. */
export class UserLine implements Line {
  readonly #stream: Far;
  readonly #ends: LineEnds;
  readonly #events: UserLineEvents;
  readonly #splitter = new FrameSplitter(FULL_TUNNEL_FRAME_BYTES_MAX);
  #hasLease = false;
  #isOver = false;

  constructor(stream: Far, ends: LineEnds, events: UserLineEvents) {
    this.#stream = stream;
    this.#ends = ends;
    this.#events = events;
  }

  farData(bytes: Uint8Array): void {
    this.#stream.consume(bytes.length);
    if (this.#isOver) return;
    const take = (frame: Uint8Array): void => this.#heard(frame);
    this.#splitter.read(bytes, take, () => this.#stream.reset());
  }

  farEnd(): void {
    this.#stream.end();
  }

  farDrain(): void {}

  farClose(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#events.onOver();
    this.#ends.onOver();
  }

  #heard(frame: Uint8Array): void {
    const [kind, code = 0] = frame;
    if (kind === FRAME.lease && !this.#hasLease) {
      const lease = decodeLease(frame.subarray(1));
      this.#hasLease = true;
      this.#events.onLease(lease);
    } else if (kind === FRAME.notice && frame.length === 2) {
      this.#events.onNotice(refusalOf(code));
    } else throw new WireError("malformed", "A frame of a full tunnel is not known here.");
  }
}
