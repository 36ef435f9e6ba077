import type { Socket as UdpSocket } from "node:dgram";
import { isIP, type Server, Socket } from "node:net";
import { descriptorOf } from "../native/udp-fast.ts";
import { KERNEL } from "../tun/kernel.ts";
import { type Libc, loadLibc } from "../tun/libc.ts";
import { LINK_MARK } from "./names.ts";

/** sys/socket.h and asm-generic/socket.h of Linux. */
const SOL_SOCKET = 1;
const SO_MARK = 36;
const INET = 2;
const STREAM = 1;

/** Sees to it that the sockets of links go by the machine's own line, whatever a full tunnel does. */
export interface LinkMarks {
  udp(socket: UdpSocket): void;
  /** A listener; what it accepts is marked with it. */
  listener(server: Server): void;
  /** A socket that is yet to be connected to this address; undefined: an ordinary one will do. */
  dialler(host: string): Socket | undefined;
  /** Whether every socket so far could be marked. */
  readonly isWhole: boolean;
}

/** Marks for sockets, or undefined where this machine has none: no full tunnel is possible then. */
export function findLinkMarks(): LinkMarks | undefined {
  if (process.platform !== "linux" || process.env["PEERNET_FFI"] === "off") return undefined;
  try {
    return makeLinkMarks();
  } catch {
    return undefined;
  }
}

/**
 * Marks sockets (SO_MARK), which needs the right to administer the network.
 * @throws AdapterError("unsupported") where there is no koffi for this machine
 */
export function makeLinkMarks(libc: Libc = loadLibc()): LinkMarks {
  const value = new Uint8Array(new Uint32Array([LINK_MARK]).buffer);
  let isWhole = true;
  const mark = (descriptor: number | undefined): void => {
    const isMarked =
      descriptor !== undefined &&
      libc.setsockopt(descriptor, SOL_SOCKET, SO_MARK, value, value.length) >= 0;
    isWhole &&= isMarked;
  };
  return {
    udp: (socket) => mark(descriptorOf(socket)),
    listener: (server) => mark(handleDescriptor(server)),
    dialler: (host) => {
      const family = isIP(host);
      // A name is looked up first, and that goes by the tunnel like all questions about names.
      if (family === 0 || !isWhole) return undefined;
      const type = STREAM | KERNEL.closeOnExec;
      const fd = libc.socket(family === 4 ? INET : KERNEL.inet6, type, 0);
      if (fd < 0) return undefined;
      mark(fd);
      // Node would read at once from a socket that is given to it, and this one is not connected.
      return new Socket({ fd, manualStart: true } as ConstructorParameters<typeof Socket>[0]);
    },
    get isWhole() {
      return isWhole;
    },
  };
}

function handleDescriptor(server: Server): number | undefined {
  const handle: unknown = Reflect.get(server, "_handle");
  if (typeof handle !== "object" || handle === null || !("fd" in handle)) return undefined;
  return typeof handle.fd === "number" && handle.fd >= 0 ? handle.fd : undefined;
}
