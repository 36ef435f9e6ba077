import type { Socket } from "node:net";

/**
 * Breaks a connection off at once, so that the other program sees a failure and not an end. Node cannot do that while
 * the end of its own side is under way (`reset EINVAL`), and would keep such a socket for ever, without a `close`:
 * the end goes first then, which takes a moment, as nothing waits to be written any more.
 */
export function resetSocket(socket: Socket): void {
  const isEnding = socket.writableEnded && !socket.writableFinished && socket.writableLength === 0;
  if (isEnding && !socket.destroyed) socket.once("finish", () => socket.resetAndDestroy());
  else socket.resetAndDestroy();
}
