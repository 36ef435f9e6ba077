import { toHex } from "../../base/bytes.ts";
import { assert } from "../../base/errors.ts";
import { FRAMES_IN_FLIGHT_MAX } from "./limits.ts";
import { expectedTags, openBody } from "./opening.ts";
import { sealBody } from "./sealing.ts";
import { type ChannelState, receivedCount, sealedCount } from "./state.ts";
import { decodeState, encodeState, INSTANCE_BYTES } from "./state-codec.ts";
import type { Channel, Opened, RatchetKit, Seal, Sealed } from "./types.ts";

/** A state with what may be done to it. */
export class RatchetChannel implements Channel {
  readonly id: string;
  /** For the rest of this room; secret. */
  readonly state: ChannelState;
  readonly #kit: RatchetKit;

  constructor(kit: RatchetKit, state: ChannelState, id: string = toHex(state.id)) {
    assert(kit.instance.length === INSTANCE_BYTES, "an instance has 8 bytes");
    this.#kit = kit;
    this.state = state;
    this.id = id;
  }

  get generation(): number {
    return this.state.generation;
  }

  get initiator(): boolean {
    return this.state.initiator;
  }

  get hybrid(): boolean {
    return this.state.hybrid;
  }

  get theirDhKey(): Uint8Array {
    return this.state.theirDhKey;
  }

  get opening(): boolean {
    return this.state.contact !== undefined;
  }

  get sealedCount(): number {
    return sealedCount(this.state);
  }

  get acknowledgedCount(): number {
    return this.state.acknowledged;
  }

  get receivedCount(): number {
    return receivedCount(this.state);
  }

  get owesAcknowledgement(): boolean {
    return this.state.owes;
  }

  seal(body: Uint8Array, nowMs: number, seal: Seal = "full"): Sealed {
    const { frame, index, next } = sealBody(this.#kit, this.state, body, nowMs, seal);
    return { frame, index, next: new RatchetChannel(this.#kit, next, this.id) };
  }

  open(frame: Uint8Array, nowMs: number): Opened {
    const { body, index, next } = openBody(this.#kit, this.state, frame, nowMs);
    return { body, index, next: new RatchetChannel(this.#kit, next, this.id) };
  }

  tags(max: number = 2 * FRAMES_IN_FLIGHT_MAX): number[] {
    return expectedTags(this.state, max);
  }

  encode(): Uint8Array {
    return encodeState(this.state, this.#kit.instance);
  }
}

/** A channel as it was saved. @throws RatchetError("restored" | "damaged") */
export function loadChannel(kit: RatchetKit, bytes: Uint8Array): Channel {
  return new RatchetChannel(kit, decodeState(kit.suite, bytes, kit.instance));
}

/** Whether `one` is to be sealed with rather than `other`: the later one, whoever began it. */
export function isPreferred(one: Channel, other: Channel): boolean {
  if (one.generation !== other.generation) return one.generation > other.generation;
  return one.id > other.id;
}
