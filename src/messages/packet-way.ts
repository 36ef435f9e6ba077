import type { PeerId } from "../identity/index.ts";
import type { Clock } from "../ports/index.ts";
import type { Desk } from "./desk.ts";
import {
  PACKET_ACK_DELAY_MS,
  PACKET_FRAME_BYTES_MAX,
  PACKET_HABIT_MS,
  PACKET_RETRY_MS,
  PACKET_TRIES_MAX,
  PACKETS_IN_FLIGHT_MAX,
} from "./limits.ts";
import type { Entry } from "./outbox.ts";

/** Letters as packets of the mesh, without a session around them: for lines on which every byte counts. */
export interface PacketPort {
  /** Sends to a device, which may or may not get it. False: it cannot leave now. */
  send(to: PeerId, frame: Uint8Array): boolean;
  /** Whether this peer has nothing but slow lines. */
  readonly isThrifty: boolean;
}

/** What was in a packet: a letter that begins a channel, one in a channel, or nothing but an acknowledgement. */
export type Brought = "first" | "letter" | "acknowledgement";

/** What a way by packets is made of. */
export interface PacketWayContext {
  readonly clock: Clock;
  readonly desk: Desk;
  readonly packets?: PacketPort | undefined;
}

/** How often a letter has gone out, and when it is to go again. */
interface Going {
  readonly tries: number;
  readonly againAtMs: number;
}

/**
 * Letters to one device as packets: sent again as the same bytes until a frame from there
 * acknowledges them. Used where this peer is thrifty or the device lately wrote in this way. What
 * is still not acknowledged after `PACKET_TRIES_MAX` times is left to a stream, in which both sides
 * tell what they have.
 */
export class PacketWay {
  readonly #context: PacketWayContext;
  readonly #device: PeerId;
  readonly #going = new Map<number, Going>();
  #heardAtMs = Number.NEGATIVE_INFINITY;
  #acknowledgeAtMs = Number.POSITIVE_INFINITY;
  #repeatedAtMs = Number.NEGATIVE_INFINITY;
  #hasFailed = false;

  constructor(context: PacketWayContext, device: PeerId) {
    this.#context = context;
    this.#device = device;
  }

  /** Whether the device would rather have packets than a stream. */
  get isHabit(): boolean {
    const { packets } = this.#context;
    if (packets === undefined) return false;
    return packets.isThrifty || this.#nowMs - this.#heardAtMs < PACKET_HABIT_MS;
  }

  /** Whether what waits for the device can go by packets now. */
  get isOfUse(): boolean {
    const { desk } = this.#context;
    if (this.#hasFailed || !this.isHabit || desk.needsNote(this.#device)) return false;
    const letters = desk.entries(this.#device);
    return letters.every(({ frameBytes }) => frameBytes <= PACKET_FRAME_BYTES_MAX);
  }

  /** Monotonic time at which `pump` has something to do. */
  get deadlineMs(): number {
    if (!this.isOfUse) return Number.POSITIVE_INFINITY;
    let earliestMs = this.#acknowledgeAtMs;
    for (const { againAtMs } of this.#going.values()) earliestMs = Math.min(earliestMs, againAtMs);
    return earliestMs;
  }

  /** A packet of the device opened. */
  heard(brought: Brought): void {
    this.#heardAtMs = this.#nowMs;
    if (brought === "acknowledgement") return;
    // A letter in the other direction mostly acknowledges it on the way. As long as a channel begins,
    // however, each of their frames is larger by what begins it.
    const delayMs = brought === "first" ? 0 : PACKET_ACK_DELAY_MS;
    this.#acknowledgeAtMs = Math.min(this.#acknowledgeAtMs, this.#nowMs + delayMs);
  }

  /** A packet of the device came again: what acknowledged it may have got lost. */
  heardAgain(): void {
    const nowMs = this.#nowMs;
    if (nowMs - this.#repeatedAtMs < PACKET_RETRY_MS / 2) return;
    this.#repeatedAtMs = nowMs;
    this.#heardAtMs = nowMs;
    const [newest] = [...this.#context.desk.acknowledgements(this.#device)].slice(-1);
    if (newest !== undefined) this.#send(newest);
  }

  /** A stream has brought all that waited: what comes then is tried by packets again. */
  settled(): void {
    this.#hasFailed = false;
    this.#going.clear();
  }

  /** Sends what has not been sent, and again what is due. */
  pump(): void {
    const { desk } = this.#context;
    if (this.#nowMs >= this.#acknowledgeAtMs) {
      this.#acknowledgeAtMs = Number.POSITIVE_INFINITY;
      desk.acknowledge(this.#device);
    }
    const waiting = desk.entries(this.#device);
    const places = new Set(waiting.map(({ place }) => place));
    for (const place of this.#going.keys()) if (!places.has(place)) this.#going.delete(place);
    for (const entry of desk.acknowledgements(this.#device)) {
      if (desk.isSealed(entry) && !this.#going.has(entry.place)) this.#sendOnce(entry);
    }
    let inFlight = 0;
    for (const entry of waiting) {
      if (entry.sealed === undefined || this.#hasFailed) break;
      if (entry.number === 0 || !desk.isSealed(entry)) continue;
      if (++inFlight > PACKETS_IN_FLIGHT_MAX) break;
      this.#sendWhereDue(entry);
    }
  }

  #sendWhereDue(entry: Entry): void {
    const going = this.#going.get(entry.place);
    if (going !== undefined && this.#nowMs < going.againAtMs) return;
    const tries = (going?.tries ?? 0) + 1;
    if (tries > PACKET_TRIES_MAX) {
      this.#hasFailed = true;
      return;
    }
    const againAtMs = this.#nowMs + PACKET_RETRY_MS * 2 ** (tries - 1);
    this.#going.set(entry.place, { tries, againAtMs });
    this.#send(entry);
  }

  /** What only acknowledges asks for no answer: it goes again when the other side asks again. */
  #sendOnce(entry: Entry): void {
    this.#going.set(entry.place, { tries: 1, againAtMs: Number.POSITIVE_INFINITY });
    this.#send(entry);
  }

  #send(entry: Entry): void {
    const { desk, packets } = this.#context;
    desk.frameOf(entry, (frame) => {
      if (frame !== undefined) packets?.send(this.#device, frame);
    });
  }

  get #nowMs(): number {
    return this.#context.clock.monotonicMs();
  }
}
