import { IP_MTU, IPV6_MTU, type Libc, SOL_IP, SOL_IPV6 } from "./libc.ts";
import { Pinned } from "./pinned.ts";

const VALUE_AT = 0;
const SIZE_AT = 4;

/**
 * Asks Linux how large datagrams to a connected peer may be (IP_MTU of ip(7), IPV6_MTU of ipv6(7)).
 * Up to that size it forbids routers to cut them, unless somebody has switched path MTU discovery off.
 */
export class PathMtu {
  readonly #libc: Libc;
  readonly #memory: Pinned;

  constructor(libc: Libc) {
    this.#libc = libc;
    // V8 moves what is smaller.
    this.#memory = new Pinned(libc.ffi, 64);
  }

  /** Bytes of such a datagram with all headers; undefined where the system does not know. */
  of(descriptor: number, family: 4 | 6): number | undefined {
    const memory = this.#memory;
    const [level, name] = family === 4 ? [SOL_IP, IP_MTU] : [SOL_IPV6, IPV6_MTU];
    memory.put32(SIZE_AT, 4);
    const { address } = memory;
    const answer = this.#libc.getsockopt(descriptor, level, name, address, address + SIZE_AT);
    return answer === 0 ? memory.get32(VALUE_AT) : undefined;
  }
}
