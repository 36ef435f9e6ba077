import type { PeerId } from "../identity/index.ts";
import type { Kept } from "./ledger.ts";
import type { Channel, RatchetDoor, TagBook } from "./ratchet/types.ts";

/** A channel and the device at its other end. */
export interface ChannelPlace {
  readonly device: PeerId;
  readonly channelId: string;
}

/** Which channels expect a frame that somebody else brings: worked out anew when that happens. */
export class Tags {
  readonly #kept: Kept;
  readonly #book: TagBook;
  /** What the book knows, by channel id. */
  readonly #known = new Map<string, { readonly device: PeerId; readonly channel: Channel }>();

  constructor(kept: Kept, ratchet: RatchetDoor) {
    this.#kept = kept;
    this.#book = ratchet.makeTagBook();
  }

  /** The channels that expect a frame with this tag; mostly one or none. */
  expecting(tag: number): readonly ChannelPlace[] {
    this.#follow();
    return this.#book.find(tag).flatMap((channelId) => {
      const known = this.#known.get(channelId);
      return known === undefined ? [] : [{ device: known.device, channelId }];
    });
  }

  /** Takes over what has changed in the channels since the last time. */
  #follow(): void {
    const living = new Set<string>();
    for (const { device, channels } of this.#kept.pairs.values()) {
      for (const channel of channels) {
        living.add(channel.id);
        if (this.#known.get(channel.id)?.channel === channel) continue;
        this.#book.put(channel);
        this.#known.set(channel.id, { device, channel });
      }
    }
    for (const id of this.#known.keys()) {
      if (living.has(id)) continue;
      this.#book.remove(id);
      this.#known.delete(id);
    }
  }
}
