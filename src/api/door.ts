import { timingSafeEqual } from "node:crypto";
import type { Socket } from "node:net";
import { utf8 } from "../base/bytes.ts";

/** By what a server is asked, and by whom: one for this machine, one for the local network. */
export interface Door {
  readonly scheme: "http" | "https";
  /** Host and port under which a connection may ask; all else is DNS rebinding. */
  hostsOf(socket: Socket, port: number): readonly string[];
  /** Whether a token opens it; the connection is then that of whoever has the token. */
  admits(token: string, socket: Socket): boolean;
  /** Whether a token may stand in an address, as `?token=`, where the call allows it. */
  readonly takesTokenInQuery: boolean;
  /** What to do where it does not. */
  readonly advice: string;
}

/**
 * The door for programs of this machine, which know the token of the running peer.
 * @param admits whether another token is good as well
 */
export function loopbackDoor(token: string, admits: Door["admits"] = () => false): Door {
  const expected = utf8(token);
  return {
    scheme: "http",
    hostsOf: (_socket, port) => [`127.0.0.1:${port}`, `localhost:${port}`, `[::1]:${port}`],
    admits: (shown, socket) => {
      const given = utf8(shown);
      const isIt = given.length === expected.length && timingSafeEqual(given, expected);
      return isIt || admits(shown, socket);
    },
    takesTokenInQuery: true,
    advice: "It is in the file api.json of the peer's home directory.",
  };
}
