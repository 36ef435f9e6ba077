import { ID_BYTES } from "../../identity/index.ts";
import { extensionOffset } from "../header.ts";
import { EXTENDED_HEADER_BYTES_MAX } from "../limits.ts";

/** Every router on the way appends its own number of the neighbour that a packet came from. */
export const EXT_RECORD = 0x1;
/** A router that has a way to the destination drops waypoint and labels. */
export const EXT_SHORTCUT = 0x2;
/** Sixteen bytes of a waypoint follow. */
export const EXT_WAYPOINT = 0x4;
/**
 * The packet comes back from where it was just sent to, and that hop was struck from the record:
 * the receiver appends nothing. So records never turn back on themselves, which relays refuse.
 */
export const EXT_TURNED = 0x8;

const KNOWN = EXT_RECORD | EXT_SHORTCUT | EXT_WAYPOINT | EXT_TURNED;

/** Bytes of an extension with so many bytes of labels and no waypoint, besides the header's own. */
export function extensionBytes(bytesOfLabels: number): number {
  return 3 + bytesOfLabels;
}

/** The places of an extension's fields within a header. One object serves all packets. */
export class Extension {
  flags = 0;
  waypointAt = 0;
  aheadAt = 0;
  aheadBytes = 0;
  behindAt = 0;
  behindBytes = 0;

  /** Takes a header apart. False: the fields do not fill it exactly, or a flag is unknown. */
  read(header: Uint8Array): boolean {
    const flagsAt = extensionOffset(header[0] ?? 0);
    const flags = header[flagsAt];
    if (flags === undefined || (flags & ~KNOWN) !== 0) return false;
    this.flags = flags;
    this.waypointAt = flagsAt + 1;
    this.aheadAt = this.waypointAt + (this.has(EXT_WAYPOINT) ? ID_BYTES : 0) + 1;
    const aheadBytes = header[this.aheadAt - 1];
    if (aheadBytes === undefined) return false;
    this.aheadBytes = aheadBytes;
    this.behindAt = this.aheadAt + aheadBytes + 1;
    const behindBytes = header[this.behindAt - 1];
    if (behindBytes === undefined) return false;
    this.behindBytes = behindBytes;
    return this.behindAt + behindBytes === header.length;
  }

  /** Whether all bits of `flag` are set. */
  has(flag: number): boolean {
    return (this.flags & flag) === flag;
  }
}

/** Room for one header of any length, with views that are made once for each length. */
export class HeaderBuffer {
  readonly bytes: Uint8Array = new Uint8Array(EXTENDED_HEADER_BYTES_MAX);
  readonly #views: (Uint8Array | undefined)[] = [];

  /** The first `length` bytes. */
  view(length: number): Uint8Array {
    const known = this.#views[length];
    if (known !== undefined) return known;
    const view = this.bytes.subarray(0, length);
    this.#views[length] = view;
    return view;
  }
}

/** Copies `length` bytes without making a view. */
export function copyBytes(
  to: Uint8Array,
  toAt: number,
  from: Uint8Array,
  fromAt: number,
  length: number,
): void {
  for (let i = 0; i < length; i++) to[toAt + i] = from[fromAt + i] ?? 0;
}
