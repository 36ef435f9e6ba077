import type { Ffi, NativeFunction } from "../../src/adapters/node/native/ffi.ts";
import { ifreq, ifreqShort, KERNEL } from "../../src/adapters/node/tun/kernel.ts";

/** linux/if_tun.h: whole Ethernet frames. */
const IFF_TAP = 0x0002;
/** Nothing to read now. */
const EAGAIN = 11;
const POLLIN = 1;

/** The calls that a process needs which does nothing but move frames; they may block. */
export interface TapCalls {
  /** Makes an interface of this name in this process' namespace; its descriptor. */
  open(name: string): number;
  /** Bytes of the frame that is now at `address`; 0: none waits. @throws RangeError the interface is gone */
  read(descriptor: number, address: number, sizeMax: number): number;
  write(descriptor: number, address: number, sizeBytes: number): void;
  /** Waits until one of both can be read, but not longer than so many microseconds. */
  wait(timeoutUs: number): void;
}

/** Binds the calls. `descriptors` are those that `wait` looks at, filled in by the caller. */
export function tapCalls(ffi: Ffi, descriptors: readonly number[]): TapCalls {
  const open = ffi.find("open", ["text", "int"]);
  const ioctl = ffi.find("ioctl", ["int", "address", "bytes"]);
  const read = ffi.find("read", ["int", "address", "address"]);
  const write = ffi.find("write", ["int", "address", "address"]);
  const wait = waiter(ffi, descriptors);
  return {
    open(name) {
      const flags = KERNEL.openReadWrite | KERNEL.openNonBlocking | KERNEL.closeOnExec;
      const descriptor = open("/dev/net/tun", flags);
      const request = ifreq(name);
      ifreqShort(request)[0] = IFF_TAP | KERNEL.noPacketInfo;
      if (descriptor < 0 || ioctl(descriptor, KERNEL.setInterface, request) < 0) {
        throw new RangeError(`cannot make ${name}: errno ${ffi.errno()}`);
      }
      return descriptor;
    },
    read(descriptor, address, sizeMax) {
      const length = read(descriptor, address, sizeMax);
      if (length >= 0) return length;
      const errno = ffi.errno();
      if (errno !== EAGAIN) throw new RangeError(`the interface is gone: errno ${errno}`);
      return 0;
    },
    // An interface that is down refuses: as lost as on a cable that is not plugged in.
    write: (descriptor, address, sizeBytes) => void write(descriptor, address, sizeBytes),
    wait,
  };
}

function waiter(ffi: Ffi, descriptors: readonly number[]): (timeoutUs: number) => void {
  const ppoll: NativeFunction = ffi.find("ppoll", ["address", "int", "address", "address"]);
  // Both structures in one array: it must be of 64 bytes or more to stay where it is.
  const memory = new Uint8Array(128);
  const words = new Int32Array(memory.buffer);
  const address = ffi.addressOf(memory);
  const timeAt = 64;
  return (timeoutUs) => {
    for (const [index, descriptor] of descriptors.entries()) {
      words[index * 2] = descriptor;
      words[index * 2 + 1] = POLLIN;
    }
    words[timeAt / 4] = Math.floor(timeoutUs / 1e6);
    words[timeAt / 4 + 2] = Math.floor(timeoutUs % 1e6) * 1_000;
    ppoll(address, descriptors.length, address + timeAt, 0);
  };
}
