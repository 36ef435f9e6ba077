/** Numbers of the Linux interface (uapi headers), the same on all architectures that koffi runs on. */
export const KERNEL = {
  openReadWrite: 0o2,
  openNonBlocking: 0o4000,
  closeOnExec: 0o2000000,
  /** linux/if_tun.h */
  setInterface: 0x400454ca,
  setOffload: 0x400454d0,
  setHeaderLittleEndian: 0x400454dc,
  tun: 0x0001,
  noPacketInfo: 0x1000,
  virtioHeader: 0x4000,
  offloadChecksum: 1,
  offloadTcp4: 2,
  offloadTcp6: 4,
  /** TUN_F_USO4 and TUN_F_USO6: since Linux 6.2, and only together. */
  offloadUdp: 0x60,
  /** linux/sockios.h */
  getFlags: 0x8913,
  setFlags: 0x8914,
  setAddress: 0x8916,
  deleteAddress: 0x8936,
  setMtu: 0x8922,
  getIndex: 0x8933,
  flagUp: 1,
  flagRunning: 0x40,
  /** sys/socket.h */
  inet6: 10,
  netlink: 16,
  datagram: 2,
  raw: 3,
  /** linux/rtnetlink.h, linux/if_link.h */
  newLink: 16,
  request: 1,
  gsoMaxSize: 41,
} as const;

/** Bytes of `struct ifreq` on 64-bit machines; more than it has on others. */
const IFREQ_BYTES = 40;
const NAME_BYTES = 16;

/** A `struct ifreq` with the interface's name; its value begins at byte 16. */
export function ifreq(name: string): Uint8Array {
  const request = new Uint8Array(IFREQ_BYTES);
  new TextEncoder().encodeInto(name, request.subarray(0, NAME_BYTES - 1));
  return request;
}

/** The value of a `struct ifreq`, in this machine's byte order. */
export function ifreqShort(request: Uint8Array): Int16Array {
  return new Int16Array(request.buffer, NAME_BYTES, 1);
}

/** The same, 32 bits. */
export function ifreqInt(request: Uint8Array): Int32Array {
  return new Int32Array(request.buffer, NAME_BYTES, 1);
}

/** A `struct in6_ifreq`: address (16), prefix length (4), interface index (4). */
export function in6Ifreq(address: Uint8Array, prefixBits: number, index: number): Uint8Array {
  const request = new Uint8Array(24);
  request.set(address);
  new Int32Array(request.buffer, 16, 2).set([prefixBits, index]);
  return request;
}

/** A netlink message that sets the largest super-packet of an interface (`IFLA_GSO_MAX_SIZE`). */
export function gsoMessage(index: number, sizeBytes: number): Uint8Array {
  const message = new Uint8Array(40);
  const words = new Uint32Array(message.buffer);
  const halves = new Uint16Array(message.buffer);
  words[0] = message.length;
  halves[2] = KERNEL.newLink;
  halves[3] = KERNEL.request;
  words[2] = 1;
  // struct ifinfomsg: family, type, index, flags, change; then one attribute.
  words[5] = index;
  halves[16] = 8;
  halves[17] = KERNEL.gsoMaxSize;
  words[9] = sizeBytes;
  return message;
}
