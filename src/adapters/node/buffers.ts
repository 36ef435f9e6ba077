/**
 * The same bytes as a plain `Uint8Array`. Node lends Buffers, whose `slice` is a view where that of
 * every other byte array is a copy: nothing above the adapters should ever meet one.
 */
export function plainBytes(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
