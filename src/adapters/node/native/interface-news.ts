import { findLibc, type Libc, MSG_DONTWAIT } from "./libc.ts";
import { Pinned } from "./pinned.ts";
import { Readable } from "./readable.ts";

/** Numbers of Linux: sys/socket.h, linux/netlink.h, linux/rtnetlink.h. */
const AF_NETLINK = 16;
const SOCK_RAW = 3;
const SOCK_CLOEXEC = 0x80000;
const NETLINK_ROUTE = 0;
/** RTMGRP_LINK, RTMGRP_IPV4_IFADDR, RTMGRP_IPV6_IFADDR. */
const GROUPS: number = 0x1 | 0x10 | 0x100;

/** `struct sockaddr_nl`: family (2 bytes), padding (2), port (4), groups (4). */
const NAME_BYTES = 12;
const GROUPS_AT = 8;
const MESSAGES_AT = 64;
/** What does not fit is cut off: nobody reads what the messages say. */
const MESSAGES_BYTES = 4_096;
/** Messages that are fetched in one turn; what is left is told in the next. */
const MESSAGES_PER_TURN = 64;

/** Reads the messages that wait, `MESSAGES_PER_TURN` at most. True: there was at least one. */
function readAll(libc: Libc, descriptor: number, memory: Pinned): boolean {
  const at = memory.address + MESSAGES_AT;
  for (let count = 0; count < MESSAGES_PER_TURN; count++) {
    if (libc.recv(descriptor, at, MESSAGES_BYTES, MSG_DONTWAIT) <= 0) return count > 0;
  }
  return true;
}

/**
 * Is told by Linux when an interface or an address comes or goes (rtnetlink(7)). What the messages
 * say is not looked at: whoever is told looks at the interfaces itself, so that a lost or
 * misunderstood message cannot make up or hide an address.
 */
export class InterfaceNews {
  readonly #libc: Libc;
  readonly #descriptor: number;
  readonly #readable: Readable;

  private constructor(libc: Libc, descriptor: number, readable: Readable) {
    this.#libc = libc;
    this.#descriptor = descriptor;
    this.#readable = readable;
  }

  /**
   * Calls `onNews` in a turn of its own after something has changed, once for all of it; undefined
   * where the system does not tell.
   */
  static open(onNews: () => void, libc: Libc | undefined = findLibc()): InterfaceNews | undefined {
    if (libc === undefined) return undefined;
    const descriptor = libc.socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    if (descriptor < 0) return undefined;
    const memory = new Pinned(libc.ffi, MESSAGES_AT + MESSAGES_BYTES);
    memory.put32(0, AF_NETLINK);
    memory.put32(GROUPS_AT, GROUPS);
    const onReadable = (): void => {
      if (readAll(libc, descriptor, memory)) onNews();
    };
    const isBound = libc.bind(descriptor, memory.address, NAME_BYTES) === 0;
    const readable = isBound ? Readable.of(libc, descriptor, onReadable) : undefined;
    if (readable !== undefined) return new InterfaceNews(libc, descriptor, readable);
    libc.close(descriptor);
    return undefined;
  }

  /** No more is told. */
  close(): void {
    this.#readable.close();
    this.#libc.close(this.#descriptor);
  }
}
