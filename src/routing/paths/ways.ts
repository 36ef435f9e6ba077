import type { PeerId } from "../../identity/index.ts";

/** The ordinary way that the table offers: a next hop and the flags the packet then bears. */
export interface OrdinaryWay {
  readonly by: { readonly id: PeerId };
  readonly flags: number;
}

/** What carrying labelled packets needs of the table. */
export interface Ways {
  /**
   * The ordinary way to the destination whose 16 id bytes stand in `bytes` from `offset` on, for
   * a packet that came from `from` (undefined: begins here) with these detour flags and this header
   * (undefined: begins here).
   */
  to(
    bytes: Uint8Array,
    offset: number,
    from: PeerId | undefined,
    flags: number,
    header?: Uint8Array,
  ): OrdinaryWay | undefined;
  /** Whether a neighbour is up, and if so whether it is suspect. */
  state(id: PeerId): "up" | "suspect" | "gone";
}
