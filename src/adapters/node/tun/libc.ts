import { createRequire } from "node:module";
import { AdapterError } from "../errors.ts";

/** The calls of the C library that a virtual interface needs. Negative answers: see `errno`. */
export interface Libc {
  open(path: string, flags: number): number;
  close(fd: number): number;
  socket(family: number, type: number, protocol: number): number;
  ioctl(fd: number, request: number, argument: Uint8Array): number;
  /** The same with a number as argument. */
  ioctlNumber(fd: number, request: number, argument: number): number;
  read(fd: number, into: Uint8Array, length: number): number;
  write(fd: number, from: Uint8Array, length: number): number;
  /** Lets others that wait for this processor go first. */
  yieldProcessor(): number;
  setsockopt(fd: number, level: number, name: number, value: Uint8Array, size: number): number;
  /** The number of the last error. */
  errno(): number;
}

/** What we use of koffi. */
interface Koffi {
  load(path: string | null): { func(definition: string): unknown };
  errno(): number;
}

const SIGNATURES = {
  open: "int open(const char *path, int flags, ...)",
  close: "int close(int fd)",
  socket: "int socket(int family, int type, int protocol)",
  ioctl: "int ioctl(int fd, unsigned long request, void *argument)",
  ioctlNumber: "int ioctl(int fd, unsigned long request, uintptr_t argument)",
  read: "intptr_t read(int fd, void *into, size_t length)",
  setsockopt: "int setsockopt(int fd, int level, int name, const void *value, uint32_t size)",
  yieldProcessor: "int sched_yield(void)",
  write: "intptr_t write(int fd, const void *from, size_t length)",
} as const;

let loaded: Libc | undefined;

/**
 * The C library, by koffi, which is loaded at the first call only.
 * @throws AdapterError("unsupported") where there is no koffi for this machine
 */
export function loadLibc(): Libc {
  loaded ??= bindLibc(createRequire(import.meta.url));
  return loaded;
}

/**
 * Binds the calls by the koffi that `require` finds.
 * @throws AdapterError("unsupported")
 */
export function bindLibc(require: NodeJS.Require): Libc {
  try {
    const koffi = require("koffi") as Koffi;
    const library = koffi.load(null);
    const calls = Object.fromEntries(
      Object.entries(SIGNATURES).map(([name, signature]) => [name, library.func(signature)]),
    );
    return { ...calls, errno: () => koffi.errno() } as unknown as Libc;
  } catch (cause) {
    throw new AdapterError(
      "unsupported",
      "A virtual interface needs the package koffi, which is not there or does not run on this " +
        "machine. Install it with 'npm install koffi', or start without --tun and use the proxies.",
      { cause },
    );
  }
}

/** Numbers of errors on Linux, as all architectures that koffi runs on have them. */
export const ERRNO = {
  perm: 1,
  noEntry: 2,
  io: 5,
  noDevice: 19,
  again: 11,
  interrupted: 4,
  access: 13,
  busy: 16,
  exists: 17,
  invalid: 22,
  noFamily: 97,
  noAddress: 99,
  badState: 77,
} as const;
