/**
 * The same bytes as a plain `Uint8Array`. Node lends Buffers, whose `slice` is a view where that of
 * every other byte array is a copy: nothing above the adapters should ever meet one.
 */
export function plainBytes(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Detaches an array's memory; there is none before Node 22, where V8 frees arrays that nobody holds soon enough. */
const { transfer } = ArrayBuffer.prototype as {
  transfer?: (this: ArrayBuffer, lengthBytes: number) => ArrayBuffer;
};

/** Smaller memory is left to V8: to free it costs as much as it brings. */
const GIVE_BACK_BYTES_MIN = 4_096;

/**
 * Frees the memory of bytes that a socket has read, and that are dealt with, at once: newer versions of V8 look through
 * the whole heap for each 20 to 40 MB that are thrown away. Bytes that share their memory with others are left alone.
 */
export function giveBack(bytes: Uint8Array): void {
  const { buffer } = bytes;
  if (bytes.length < GIVE_BACK_BYTES_MIN || bytes.length !== buffer.byteLength) return;
  if (transfer !== undefined && buffer instanceof ArrayBuffer) transfer.call(buffer, 0);
}
