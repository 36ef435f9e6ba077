import { createRequire } from "node:module";

/** A C function: takes numbers, addresses as numbers, and byte arrays where it is declared so. */
export type NativeFunction = (...values: readonly (number | string | Uint8Array)[]) => number;

/** How C types are called here; `address` is a pointer that we computed ourselves. */
export type NativeType = "int" | "address" | "bytes" | "text";

/** A watch on a descriptor by the event loop; ends with `close`. */
export interface NativeWatch {
  close(): void;
}

/** Calls into the libraries that this process has loaded anyway: the C library and OpenSSL. */
export interface Ffi {
  /**
   * A function that returns `int`, or `address` where `result` says so.
   * @throws Error where this process has no such function
   */
  find(name: string, parameters: readonly NativeType[], result?: "int" | "address"): NativeFunction;
  /**
   * Where these bytes are, as long as somebody keeps them: an address keeps nothing alive. Only
   * for arrays that were not made small, since V8 moves those of less than 64 bytes.
   */
  addressOf(bytes: Uint8Array): number;
  /** Memory that the system shares with this process; it stays valid only as long as it is mapped. */
  viewOf(address: number, sizeBytes: number): ArrayBuffer;
  /** What the last function that was called left in `errno`. */
  errno(): number;
  /** Calls back on the event loop while the descriptor can be read. */
  watch(descriptor: number, onReadable: () => void): NativeWatch;
}

/** What we use of koffi. Its own types would make an optional package one that must be there. */
interface Koffi {
  load(path: null): {
    func(name: string, result: string, parameters: readonly string[]): NativeFunction;
  };
  address(bytes: Uint8Array): bigint;
  view(address: bigint, sizeBytes: number): ArrayBuffer;
  errno(): number;
  readonly node: { poll(descriptor: number, onEvent: () => void): NativeWatch };
}

const TYPES: Readonly<Record<NativeType, string>> = {
  int: "int",
  // A number passes faster than a pointer, and is one on every 64-bit system.
  address: "uint64_t",
  bytes: "void *",
  text: "const char *",
};

/** Where our structures are laid out as we think: 64 bits, little-endian, a Unix. */
const CPUS: readonly string[] = ["x64", "arm64"];
const SYSTEMS: readonly string[] = ["linux", "darwin"];

let loaded: Ffi | string | undefined;

/** Calls into native libraries, or undefined: `ffiMissing` then says why. */
export function loadFfi(): Ffi | undefined {
  if (process.env["PEERNET_FFI"] === "off") return undefined;
  loaded ??= open();
  return typeof loaded === "string" ? undefined : loaded;
}

/** Why there is no `Ffi`, and what to do about it, for people; "" where there is one. */
export function ffiMissing(): string {
  if (loadFfi() !== undefined) return "";
  if (typeof loaded === "string" && process.env["PEERNET_FFI"] !== "off") return loaded;
  return "PEERNET_FFI=off says so; unset it to go faster";
}

function open(): Ffi | string {
  const { platform, arch } = process;
  if (!SYSTEMS.includes(platform) || !CPUS.includes(arch)) {
    return `there is none for ${platform} on ${arch}; nothing needs to be done`;
  }
  try {
    return new KoffiFfi(createRequire(import.meta.url)("koffi") as Koffi);
  } catch {
    return 'the package koffi is missing or does not run here; "npm install koffi" may bring it';
  }
}

class KoffiFfi implements Ffi {
  readonly #koffi: Koffi;
  readonly #library: ReturnType<Koffi["load"]>;

  constructor(koffi: Koffi) {
    this.#koffi = koffi;
    this.#library = koffi.load(null);
  }

  find(
    name: string,
    parameters: readonly NativeType[],
    result: "int" | "address" = "int",
  ): NativeFunction {
    const types = parameters.map((parameter) => TYPES[parameter]);
    return this.#library.func(name, TYPES[result], types);
  }

  addressOf(bytes: Uint8Array): number {
    return Number(this.#koffi.address(bytes));
  }

  viewOf(address: number, sizeBytes: number): ArrayBuffer {
    return this.#koffi.view(BigInt(address), sizeBytes);
  }

  errno(): number {
    return this.#koffi.errno();
  }

  watch(descriptor: number, onReadable: () => void): NativeWatch {
    return this.#koffi.node.poll(descriptor, onReadable);
  }
}
