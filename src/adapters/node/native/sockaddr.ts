import type { HostPort } from "../addresses.ts";
import type { Libc } from "./libc.ts";
import { Pinned } from "./pinned.ts";

const AF_INET = 2;
const AF_INET6 = 10;
/** Bytes of `struct sockaddr_in6`; that of IPv4 is smaller. */
export const SOCKADDR_BYTES_MAX = 28;
const SOCKADDR_4_BYTES = 16;
const TEXT_AT = 32;
const TEXT_BYTES = 64;

/** Turns addresses into the system's form and back, in the very spelling that node:dgram uses. */
export class SocketAddresses {
  readonly #libc: Libc;
  readonly #memory: Pinned;

  constructor(libc: Libc) {
    this.#libc = libc;
    this.#memory = new Pinned(libc.ffi, TEXT_AT + TEXT_BYTES);
  }

  /** `struct sockaddr_in` or `sockaddr_in6`; undefined where the interface in it is unknown. */
  encode({ host, port, family }: HostPort): Uint8Array | undefined {
    const [plain = "", zone] = host.split("%");
    const isFour = family === 4;
    const encoded = new Uint8Array(isFour ? SOCKADDR_4_BYTES : SOCKADDR_BYTES_MAX);
    const view = new DataView(encoded.buffer);
    view.setUint16(0, isFour ? AF_INET : AF_INET6, true);
    view.setUint16(2, port);
    const { address, bytes } = this.#memory;
    if (this.#libc.parseAddress(isFour ? AF_INET : AF_INET6, plain, address) !== 1)
      return undefined;
    if (isFour) {
      encoded.set(bytes.subarray(0, 4), 4);
      return encoded;
    }
    encoded.set(bytes.subarray(0, 16), 8);
    const number = zone === undefined ? 0 : this.#libc.interfaceNumber(zone);
    if (zone !== undefined && number === 0) return undefined;
    view.setUint32(24, number, true);
    return encoded;
  }

  /** The address (with its zone where it is of link-local scope) and the port. */
  decode(encoded: Uint8Array): { readonly address: string; readonly port: number } {
    const view = new DataView(encoded.buffer, encoded.byteOffset, encoded.byteLength);
    const port = view.getUint16(2);
    if (view.getUint16(0, true) === AF_INET) {
      return { address: encoded.subarray(4, 8).join("."), port };
    }
    const memory = this.#memory;
    memory.bytes.set(encoded.subarray(8, 24));
    const text = memory.address + TEXT_AT;
    this.#libc.formatAddress(AF_INET6, memory.address, text, TEXT_BYTES);
    const address = memory.text(TEXT_AT);
    const number = view.getUint32(24, true);
    const isLinkLocal = encoded[8] === 0xfe && ((encoded[9] ?? 0) & 0xc0) === 0x80;
    if (!isLinkLocal || number === 0) return { address, port };
    const isNamed = this.#libc.interfaceName(number, text) !== 0;
    return { address: `${address}%${isNamed ? memory.text(TEXT_AT) : number}`, port };
  }
}
