import type { PeerId } from "../../identity/index.ts";
import type { Path } from "../../routing/index.ts";
import { Congestion } from "../congestion.ts";
import { PathControl } from "../path-control.ts";
import {
  EXTENSION_BYTES,
  FAILED_MAX_MS,
  FAILED_MS,
  LOSS_SAMPLE_PACKETS,
  LOSS_SHARE,
  LOSSY_MS,
  SILENCE_EXTRA_MS,
  SILENCE_ROUND_TRIPS,
} from "./limits.ts";
import { ORDINARY, type Way } from "./ways.ts";

const NEVER = Number.POSITIVE_INFINITY;
const LONG_AGO = Number.NEGATIVE_INFINITY;

/** One way to the other end of a session, and what the session has seen of it. */
export class SessionPath {
  /** Labels, where the way is explicit. */
  readonly explicit: Path | undefined;
  readonly way: Way;
  /** The waypoint over which it was found, to be praised or blamed for it. */
  waypoint: PeerId | undefined;
  control: PathControl;
  acknowledgedBytes = 0;
  /** When an authentic packet last came by this path. */
  heardMs: number = LONG_AGO;
  /** When a packet of ours last proved to have arrived by it. */
  provenMs: number = LONG_AGO;
  /** Until when it is left alone because it failed. */
  failedUntilMs: number = LONG_AGO;
  reportedMs: number = LONG_AGO;
  /** Since when packets that ask for an answer have had none. */
  #askedMs = NEVER;
  /** The last of them. */
  #newest = -1;
  #failures = 0;
  #acked = 0;
  #lost = 0;
  /** Since when each sample has had too many losses. */
  #lossySinceMs = NEVER;

  /** @param explicit kept as it is; undefined for the ordinary way */
  constructor(explicit: Path | undefined, control: PathControl) {
    this.explicit = explicit;
    this.way = explicit === undefined ? ORDINARY : { kind: "along", path: explicit };
    this.control = control;
  }

  /** Bytes that routing's header grows by, at most. */
  get headerBytes(): number {
    const { explicit } = this;
    return explicit === undefined ? 0 : EXTENSION_BYTES + 2 * explicit.labels.length;
  }

  /** Since when an answer is missing; Infinity where none is. */
  get askedMs(): number {
    return this.#askedMs;
  }

  /** A packet of this number that asks for an acknowledgement has gone this way. */
  onSent(number: number, nowMs: number): void {
    this.#newest = number;
    if (this.#askedMs === NEVER) this.#askedMs = nowMs;
  }

  /** One of them was acknowledged. What is under way on other paths says nothing about this one. */
  onAcked(number: number, sizeBytes: number, nowMs: number): void {
    this.acknowledgedBytes += sizeBytes;
    this.#askedMs = number < this.#newest ? nowMs : NEVER;
    this.#acked++;
    this.#judge(nowMs);
    this.onProven(nowMs);
  }

  /** Something else shows that packets arrive by it and answers come back. */
  onProven(nowMs: number): void {
    this.provenMs = nowMs;
    this.failedUntilMs = LONG_AGO;
  }

  /** A round trip that a probe has measured. */
  onMeasured(roundTripMs: number, nowMs: number): void {
    this.control.roundTrip.sample(roundTripMs, 0, nowMs);
    this.onProven(nowMs);
  }

  /**
   * A packet was lost. A window that grows too far loses many as well, but only for a moment.
   * @returns whether so many have been lost for so long that another path should be tried
   */
  onLost(nowMs: number): boolean {
    this.#lost++;
    return this.#judge(nowMs);
  }

  #judge(nowMs: number): boolean {
    const count = this.#acked + this.#lost;
    if (count < LOSS_SAMPLE_PACKETS) return false;
    const isBad = this.#lost >= LOSS_SHARE * count;
    this.#acked = 0;
    this.#lost = 0;
    this.#lossySinceMs = isBad ? Math.min(this.#lossySinceMs, nowMs) : NEVER;
    return nowMs - this.#lossySinceMs >= LOSSY_MS;
  }

  /** Nothing is expected by this path any more. */
  forgive(): void {
    this.#askedMs = NEVER;
    this.#acked = 0;
    this.#lost = 0;
    this.#lossySinceMs = NEVER;
  }

  /** It let packets down: left alone for a while, twice as long each time. */
  onFailed(nowMs: number): void {
    const pauseMs = Math.min(FAILED_MS * 2 ** Math.min(this.#failures, 10), FAILED_MAX_MS);
    this.#failures++;
    this.failedUntilMs = nowMs + pauseMs;
    this.provenMs = LONG_AGO;
    this.forgive();
  }

  /** Congestion state as on a path never used (RFC 9000 section 9.4). */
  renew(packetBytes: number): void {
    this.control = new PathControl(new Congestion(packetBytes));
  }

  /** Round trip, or a guess. */
  roundTripMs(guessMs: number): number {
    const { roundTrip } = this.control;
    return roundTrip.measured ? roundTrip.smoothedMs : guessMs;
  }

  /** When the path counts as silent. @param patience factor by which that is put off */
  silentAtMs(guessMs: number, patience: number): number {
    if (this.#askedMs === NEVER) return NEVER;
    const ms = SILENCE_ROUND_TRIPS * this.roundTripMs(guessMs) + SILENCE_EXTRA_MS;
    return this.#askedMs + ms * patience;
  }
}
