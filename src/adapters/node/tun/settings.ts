import { writeFileSync } from "node:fs";
import { gsoMessage, ifreq, ifreqInt, ifreqShort, in6Ifreq, KERNEL } from "./kernel.ts";
import { ERRNO, type Libc } from "./libc.ts";
import { TUN_SUPER_BYTES } from "./limits.ts";
import { cannotSet } from "./refusals.ts";

/** What an interface is to become. */
export interface TunSettings {
  readonly name: string;
  /** IPv6 address, 16 bytes; undefined: it gets its addresses from somebody else. */
  readonly address: Uint8Array | undefined;
  /** How many bits of it lead to this interface. */
  readonly prefixBits: number;
  readonly mtuBytes: number;
  /** Whether it gives and takes super-packets and partial checksums; true where nothing is said. */
  readonly offloads?: boolean;
}

/**
 * Gives an interface its size and address and switches it on, without any other program.
 * @throws AdapterError("no-permission" | "unsupported" | "io")
 */
export function applySettings(libc: Libc, settings: TunSettings): void {
  const { name, address, prefixBits, mtuBytes } = settings;
  const socket = libc.socket(KERNEL.inet6, KERNEL.datagram | KERNEL.closeOnExec, 0);
  if (socket < 0) throw cannotSet("set up the interface", libc.errno());
  const call = (what: string, code: number, request: Uint8Array): void => {
    if (libc.ioctl(socket, code, request) >= 0) return;
    const errno = libc.errno();
    if (errno !== ERRNO.exists) throw cannotSet(`${what} of the interface ${name}`, errno);
  };
  try {
    const mtu = ifreq(name);
    ifreqInt(mtu)[0] = mtuBytes;
    call("set the packet size", KERNEL.setMtu, mtu);
    const index = ifreq(name);
    call("read the number", KERNEL.getIndex, index);
    const number = ifreqInt(index)[0] ?? 0;
    quieten(name);
    limitSuperPackets(libc, number);
    if (address !== undefined) {
      call("set the address", KERNEL.setAddress, in6Ifreq(address, prefixBits, number));
    }
    const flags = ifreq(name);
    call("read the state", KERNEL.getFlags, flags);
    const state = ifreqShort(flags);
    state[0] = (state[0] ?? 0) | KERNEL.flagUp | KERNEL.flagRunning;
    call("switch on the state", KERNEL.setFlags, flags);
  } finally {
    libc.close(socket);
  }
}

/** No second address and no asking for routers; containers may have IPv6 off for new interfaces. */
function quieten(name: string): void {
  for (const [setting, value] of [
    ["disable_ipv6", "0"],
    ["addr_gen_mode", "1"],
    ["accept_ra", "0"],
  ] as const) {
    try {
      writeFileSync(`/proc/sys/net/ipv6/conf/${name}/${setting}`, value);
    } catch {
      // A system that does not let us, as with a read-only /proc, carries packets all the same.
    }
  }
}

/** Where the kernel cannot do it, larger packets are cut in two by the tunnel. */
function limitSuperPackets(libc: Libc, index: number): void {
  const socket = libc.socket(KERNEL.netlink, KERNEL.raw | KERNEL.closeOnExec, 0);
  if (socket < 0) return;
  const message = gsoMessage(index, TUN_SUPER_BYTES);
  libc.write(socket, message, message.length);
  libc.close(socket);
}

/**
 * Gives a running interface an address more, or takes one away.
 * @throws AdapterError("no-permission" | "unsupported" | "io")
 */
export function changeAddress(
  libc: Libc,
  name: string,
  change: "add" | "remove",
  address: Uint8Array,
  prefixBits: number,
): void {
  const socket = libc.socket(KERNEL.inet6, KERNEL.datagram | KERNEL.closeOnExec, 0);
  if (socket < 0) throw cannotSet("change addresses of the interface", libc.errno());
  try {
    const index = ifreq(name);
    const isFound = libc.ioctl(socket, KERNEL.getIndex, index) >= 0;
    const request = in6Ifreq(address, prefixBits, ifreqInt(index)[0] ?? 0);
    const code = change === "add" ? KERNEL.setAddress : KERNEL.deleteAddress;
    if (isFound && libc.ioctl(socket, code, request) >= 0) return;
    const errno = libc.errno();
    const isSo = errno === (change === "add" ? ERRNO.exists : ERRNO.noAddress);
    if (!isSo) throw cannotSet(`change the addresses of the interface ${name}`, errno);
  } finally {
    libc.close(socket);
  }
}
