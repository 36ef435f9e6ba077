import { MessageChannel } from "node:worker_threads";

/**
 * The same bytes as a plain `Uint8Array`. Node lends Buffers, whose `slice` is a view where that of
 * every other byte array is a copy: nothing above the adapters should ever meet one.
 */
export function plainBytes(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Moves an array's memory to another array, which nobody keeps; Node has it since version 22. */
const { transfer } = ArrayBuffer.prototype as {
  transfer?: (this: ArrayBuffer, lengthBytes: number) => ArrayBuffer;
};

/** Smaller memory is left to V8: to free it costs as much as it brings; in bytes. */
export const GIVE_BACK_BYTES_MIN: number = transfer === undefined ? 16_384 : 4_096;

const free: (memory: ArrayBuffer) => void =
  transfer === undefined ? sendAway() : (memory) => void transfer.call(memory, 0);

/**
 * Frees the memory of bytes that a socket has read, and that are dealt with, at once: V8 looks through the whole heap
 * for each 20 to 40 MB that are thrown away. Bytes that may share their memory with others are left alone: those of one
 * read begin it and, since Node 24, may leave up to half of it empty; of Node's pool nobody gets half.
 */
export function giveBack(bytes: Uint8Array): void {
  const { buffer, byteOffset, length } = bytes;
  if (length < GIVE_BACK_BYTES_MIN || byteOffset > 0 || 2 * length <= buffer.byteLength) return;
  if (buffer instanceof ArrayBuffer) free(buffer);
}

/** What is sent over a port leaves here, and nobody receives it where the port is closed. */
function sendAway(): (memory: ArrayBuffer) => void {
  const { port1, port2 } = new MessageChannel();
  port1.close();
  port2.close();
  return (memory) => port1.postMessage(undefined, [memory]);
}
