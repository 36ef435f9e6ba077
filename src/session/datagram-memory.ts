import { DATAGRAM_SPARE_BYTES_MAX } from "./limits.ts";

/** Sizes of pieces of memory that are used again: small packets, and the largest. */
const SMALL_BYTES = 2_048;
const LARGE_BYTES = 65_536;

/** Shared by all sessions: of its own each would keep what another needs. */
const spare: { readonly small: ArrayBuffer[]; readonly large: ArrayBuffer[] } = {
  small: [],
  large: [],
};

/**
 * A copy in memory that is used again once it is given back, after `headBytes` bytes for whatever comes before it, with what was there:
 * making and clearing memory costs more than filling it.
 */
export function copyOf(bytes: Uint8Array, headBytes = 0): Uint8Array {
  const sizeBytes = headBytes + bytes.length;
  const isSmall = sizeBytes <= SMALL_BYTES;
  const list = isSmall ? spare.small : spare.large;
  const buffer =
    sizeBytes > LARGE_BYTES
      ? new ArrayBuffer(sizeBytes)
      : (list.pop() ?? new ArrayBuffer(isSmall ? SMALL_BYTES : LARGE_BYTES));
  const copy = new Uint8Array(buffer, 0, sizeBytes);
  copy.set(bytes, headBytes);
  return copy;
}

/** Nobody looks at this copy any more, once the next one is made. */
export function giveBack({ buffer }: Uint8Array): void {
  if (!(buffer instanceof ArrayBuffer)) return;
  if (buffer.byteLength === SMALL_BYTES) keep(spare.small, buffer);
  else if (buffer.byteLength === LARGE_BYTES) keep(spare.large, buffer);
}

function keep(list: ArrayBuffer[], buffer: ArrayBuffer): void {
  if ((list.length + 1) * buffer.byteLength <= DATAGRAM_SPARE_BYTES_MAX) list.push(buffer);
}
