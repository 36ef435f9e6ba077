import { createSocket, type Socket } from "node:dgram";
import { AdapterError, errorText, systemCode } from "./errors.ts";
import type { LinkMarks } from "./full-tunnel/marks.ts";
import { PORT_PAIR_ATTEMPTS_MAX, UDP_RECEIVE_BUFFER_BYTES } from "./limits.ts";

/**
 * Hands the address back at once. Node would otherwise wait one turn before sending, and the
 * multicast interface chosen for a beacon would already be the next one. Also: no name lookups.
 */
export function literal(
  host: string,
  family: unknown,
  done: (error: null, address: string, family: number) => void,
): void {
  done(null, host, family === 6 ? 6 : 4);
}

/**
 * A bound socket of one family. With `shared`, several programs may bind the same port and each
 * gets every multicast. Rejects with the system's error.
 */
export function bindUdp(family: 4 | 6, port: number, shared: boolean): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket =
      family === 4
        ? createSocket({ type: "udp4", reuseAddr: shared, lookup: literal })
        : createSocket({ type: "udp6", reuseAddr: shared, ipv6Only: true, lookup: literal });
    const fail = (error: Error): void => {
      socket.close();
      reject(error);
    };
    socket.once("error", fail);
    socket.once("listening", () => {
      socket.off("error", fail);
      try {
        socket.setRecvBufferSize(UDP_RECEIVE_BUFFER_BYTES);
      } catch {
        // A system with a lower ceiling keeps its default; packets may be lost a little earlier.
      }
      resolve(socket);
    });
    try {
      socket.bind({ port, address: family === 4 ? "0.0.0.0" : "::" });
    } catch (error) {
      fail(error instanceof Error ? error : new AdapterError("io", errorText(error)));
    }
  });
}

/** The unicast sockets; at least one is there. */
export interface UnicastSockets {
  readonly socket4: Socket | undefined;
  readonly socket6: Socket | undefined;
  /** Why a family is missing, in the system's words; empty where both are there. */
  readonly missing: ReadonlyMap<4 | 6, string>;
}

function refusal(port: number, error: unknown): AdapterError {
  const code = systemCode(error);
  if (code === "EADDRINUSE") {
    return new AdapterError(
      "port-in-use",
      `UDP port ${port} is taken by another program. Stop that program, choose another port, or use port 0 to let the system pick a free one.`,
      { cause: error },
    );
  }
  if (code === "EACCES" || code === "EPERM") {
    return new AdapterError(
      "no-permission",
      `This system does not let Peernet use UDP port ${port}. Choose a port from 1024 on, or allow it in the firewall's settings.`,
      { cause: error },
    );
  }
  return new AdapterError(
    "io",
    `No UDP socket could be opened (${errorText(error)}). Check that this machine has a network stack.`,
    { cause: error },
  );
}

/** Whether connected sockets may stand beside the main one on its port, see `UdpLines`. */
export const PORT_IS_SHARED: boolean = process.platform === "linux";

/**
 * A socket that had its port for itself when it was bound: a second program is still refused.
 * Afterwards it is bound anew so that our own connected sockets may use the port too.
 */
async function tryBind(family: 4 | 6, port: number): Promise<Socket | Error> {
  try {
    const alone = await bindUdp(family, port, false);
    if (!PORT_IS_SHARED) return alone;
    const own = alone.address().port;
    alone.close();
    return await bindUdp(family, own, true);
  } catch (error) {
    return error instanceof Error ? error : new AdapterError("io", errorText(error));
  }
}

/** The IPv6 socket alone, for a machine whose IPv4 failed with `error4`. */
async function bindOnly6(port: number, error4: Error): Promise<UnicastSockets> {
  if (systemCode(error4) === "EADDRINUSE") throw refusal(port, error4);
  const socket6 = await tryBind(6, port);
  if (socket6 instanceof Error) throw refusal(port, error4);
  return { socket4: undefined, socket6, missing: new Map([[4, error4.message]]) };
}

/**
 * Binds both families, on the same port number where that is possible: it is easier to open in a
 * firewall and to remember. A missing family is no error as long as the other is there.
 * @throws AdapterError port-in-use, no-permission or io when neither can be had
 */
export async function bindUnicast(port: number): Promise<UnicastSockets> {
  for (let attempt = 1; ; attempt++) {
    const socket4 = await tryBind(4, port);
    if (socket4 instanceof Error) return await bindOnly6(port, socket4);
    const last = port === 0 && attempt === PORT_PAIR_ATTEMPTS_MAX;
    const socket6 = await tryBind(6, last ? 0 : socket4.address().port);
    if (!(socket6 instanceof Error)) return { socket4, socket6, missing: new Map() };
    if (systemCode(socket6) !== "EADDRINUSE" || last) {
      return { socket4, socket6: undefined, missing: new Map([[6, socket6.message]]) };
    }
    socket4.close();
    if (port !== 0) throw refusal(port, socket6);
  }
}

/** Marks both sockets, before anything is sent. */
export function markAll(sockets: UnicastSockets, marks: LinkMarks | undefined): UnicastSockets {
  const { socket4, socket6 } = sockets;
  for (const socket of [socket4, socket6]) if (socket !== undefined) marks?.udp(socket);
  return sockets;
}
