import { type Ffi, loadFfi } from "./ffi.ts";

/** Functions of the C library; what they leave in `errno` is asked for by `errno`. */
export interface Libc {
  /** (descriptor, messages, count, flags): how many were sent, or -1. */
  sendmmsg(descriptor: number, messages: number, count: number, flags: number): number;
  /** (descriptor, messages, count, flags): how many came, or -1. */
  recvmmsg(descriptor: number, messages: number, count: number, flags: number): number;
  setsockopt(descriptor: number, level: number, name: number, value: number, size: number): number;
  /** (descriptor, level, name, value, size): 0 where the value is now at that address. */
  getsockopt(descriptor: number, level: number, name: number, value: number, size: number): number;
  epollCreate(): number;
  epollControl(epoll: number, operation: number, descriptor: number, event: number): number;
  /** Never waits. */
  epollReady(epoll: number, events: number, count: number): number;
  close(descriptor: number): number;
  /** (family, type, protocol): a descriptor, or -1. */
  socket(family: number, type: number, protocol: number): number;
  /** (descriptor, name, size): 0 where the socket now has the name at that address. */
  bind(descriptor: number, name: number, size: number): number;
  /** (descriptor, into, size, flags): bytes of the message, of which no more than `size` are read, or -1. */
  recv(descriptor: number, into: number, size: number, flags: number): number;
  /** 1 where the text was an address of this family, which is then at `into`. */
  parseAddress(family: number, text: string, into: number): number;
  /** The text at `into`, or 0. */
  formatAddress(family: number, address: number, into: number, size: number): number;
  /** The number of an interface, or 0. */
  interfaceNumber(name: string): number;
  /** The name at `into`, or 0. */
  interfaceName(index: number, into: number): number;
  errno(): number;
  readonly ffi: Ffi;
}

/** The C library's functions, or undefined where one of them is missing. */
export function findLibc(ffi: Ffi | undefined = loadFfi()): Libc | undefined {
  if (ffi === undefined || process.platform !== "linux") return undefined;
  try {
    const recvmmsg = ffi.find("recvmmsg", ["int", "address", "int", "int", "address"]);
    const create = ffi.find("epoll_create1", ["int"]);
    const wait = ffi.find("epoll_wait", ["int", "address", "int", "int"]);
    return {
      sendmmsg: ffi.find("sendmmsg", ["int", "address", "int", "int"]),
      recvmmsg: (descriptor, messages, count, flags) =>
        recvmmsg(descriptor, messages, count, flags, 0),
      setsockopt: ffi.find("setsockopt", ["int", "int", "int", "address", "int"]),
      getsockopt: ffi.find("getsockopt", ["int", "int", "int", "address", "address"]),
      epollCreate: () => create(EPOLL_CLOEXEC),
      epollControl: ffi.find("epoll_ctl", ["int", "int", "int", "address"]),
      epollReady: (epoll, events, count) => wait(epoll, events, count, 0),
      close: ffi.find("close", ["int"]),
      socket: ffi.find("socket", ["int", "int", "int"]),
      bind: ffi.find("bind", ["int", "address", "int"]),
      recv: ffi.find("recv", ["int", "address", "int", "int"]),
      parseAddress: ffi.find("inet_pton", ["int", "text", "address"]),
      formatAddress: ffi.find("inet_ntop", ["int", "address", "address", "int"], "address"),
      interfaceNumber: ffi.find("if_nametoindex", ["text"]),
      interfaceName: ffi.find("if_indextoname", ["int", "address"], "address"),
      errno: () => ffi.errno(),
      ffi,
    };
  } catch {
    return undefined;
  }
}

/** The numbers of Linux on x64 and arm64. */
export const EPOLL_CLOEXEC = 0x80000;
/** Watches a descriptor. */
export const EPOLL_CTL_ADD = 1;
/** Watches it no more. */
export const EPOLL_CTL_DEL = 2;
/** Watches it for something else. */
export const EPOLL_CTL_MOD = 3;
/** There is something to read. */
export const EPOLLIN = 1;
/** Never wait. */
export const MSG_DONTWAIT = 0x40;
/** The level of the options of IPv4. */
export const SOL_IP = 0;
/** The path MTU of a connected socket. */
export const IP_MTU = 14;
/** The level of the options of IPv6. */
export const SOL_IPV6 = 41;
/** The path MTU of a connected socket. */
export const IPV6_MTU = 24;
/** The level of UDP's own options. */
export const SOL_UDP = 17;
/** Bytes of each datagram that one message is cut into. */
export const UDP_SEGMENT = 103;
/** Datagrams of one sender may come as one message. */
export const UDP_GRO = 104;
