import type { Socket } from "node:net";
import type { Near, NearEvents } from "../gateway/index.ts";
import { STREAM_PROTOCOL } from "./limits.ts";

const AGREED =
  "HTTP/1.1 101 Switching Protocols\r\n" +
  `connection: Upgrade\r\nupgrade: ${STREAM_PROTOCOL}\r\n\r\n`;

/**
 * Makes a call that became a plain stream (RFC 9110 section 7.8) the near end of a connection.
 * The caller hears the agreement at the first `attach`, when the connection stands; one who goes
 * before that is noticed.
 * @param head what came behind the head of the request
 * @param near the same socket as a near end, not attached yet
 */
export function upgradedNear(socket: Socket, head: Uint8Array, near: Near): Near {
  let isAgreed = false;
  socket.setTimeout(0);
  // Without reading, nobody would notice that the caller has gone.
  const watch = (): void => {
    if (socket.readableLength === 0) socket.read();
  };
  socket.on("readable", watch);
  socket.once("end", () => {
    if (!isAgreed) socket.destroy();
  });
  return {
    attach: (events: NearEvents) => {
      if (!isAgreed && !socket.destroyed) {
        isAgreed = true;
        socket.off("readable", watch);
        socket.write(AGREED);
        if (head.length > 0) socket.unshift(head);
      }
      near.attach(events);
    },
    write: (bytes, sent) => near.write(bytes, sent),
    end: () => near.end(),
    destroy: () => near.destroy(),
    pause: () => near.pause(),
    resume: () => near.resume(),
  };
}
