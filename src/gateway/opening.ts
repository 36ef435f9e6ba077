import { fromUtf8, utf8 } from "../base/bytes.ts";
import { Reader, WireError, Writer } from "../wire/index.ts";
import { HOST_BYTES_MAX, LABEL_BYTES_MAX, OPENING_BYTES_MAX } from "./limits.ts";
import { isLabel } from "./who.ts";

/** Version of the tunnel protocol. */
export const TUNNEL_VERSION = 1;
/** Bytes of an answer. */
export const ANSWER_BYTES = 2;

/** What the opener of a tunnel wants of the other peer. */
export type Wanted =
  /** A TCP port of its machine. */
  | { readonly t: "port"; readonly port: number }
  /** Something it serves under a name. */
  | { readonly t: "service"; readonly name: string }
  /** A host of the internet, over its uplink. */
  | { readonly t: "host"; readonly host: string; readonly port: number }
  /** The whole internet over its uplink, packet by packet. */
  | { readonly t: "full" };

/** Why a peer does not give what was wanted. */
export type RefusalCode = (typeof REFUSALS)[number];

/** The place of a code in this list is its number on the wire, less one. */
const REFUSALS = [
  "denied",
  "not-listening",
  "no-such-service",
  "quota",
  "busy",
  "unreachable",
  "private",
  "malformed",
  "no-full-tunnel",
  "metered",
] as const;

const KIND = { port: 1, service: 2, host: 3, full: 4 } as const;
const HOST = /^[\x21-\x7e]+$/;

/** The first frame of a tunnel, with its length field (docs/protocol/gateway.md section 1). */
export function encodeOpening(wanted: Wanted): Uint8Array {
  const body = new Writer(64).u8(TUNNEL_VERSION).u8(KIND[wanted.t]);
  if (wanted.t === "port") body.u16(wanted.port);
  else if (wanted.t !== "full") {
    const text = utf8(wanted.t === "service" ? wanted.name : wanted.host);
    body.u8(text.length).bytes(text);
    if (wanted.t === "host") body.u16(wanted.port);
  }
  const bytes = body.done();
  return new Writer(bytes.length + 2).u16(bytes.length).bytes(bytes).done();
}

/** What a first frame asks for, its length field not included. @throws WireError */
export function decodeOpening(frame: Uint8Array): Wanted {
  const reader = new Reader(frame);
  const version = reader.u8();
  if (version !== TUNNEL_VERSION) {
    throw new WireError("version", `Version ${version} of tunnels is not known here.`);
  }
  const wanted = readWanted(reader, reader.u8());
  if (reader.left > 0) throw new WireError("trailing", "The first frame of a tunnel is too long.");
  return wanted;
}

function readWanted(reader: Reader, kind: number): Wanted {
  switch (kind) {
    case KIND.port:
      return { t: "port", port: readPort(reader) };
    case KIND.service: {
      const name = readText(reader, LABEL_BYTES_MAX);
      if (!isLabel(name)) throw new WireError("malformed", "This is no name of a service.");
      return { t: "service", name };
    }
    case KIND.host: {
      const host = readText(reader, HOST_BYTES_MAX);
      if (!HOST.test(host)) throw new WireError("malformed", "This is no name of a host.");
      return { t: "host", host, port: readPort(reader) };
    }
    case KIND.full:
      return { t: "full" };
    default:
      throw new WireError("out-of-range", `A tunnel of kind ${kind} is not known here.`);
  }
}

function readPort(reader: Reader): number {
  const port = reader.u16();
  if (port === 0) throw new WireError("out-of-range", "Port 0 cannot be reached.");
  return port;
}

function readText(reader: Reader, bytesMax: number): string {
  const length = reader.u8();
  if (length === 0 || length > bytesMax) {
    throw new WireError("out-of-range", `A text of ${length} bytes is outside its limits.`);
  }
  const text = fromUtf8(reader.bytes(length));
  if (text === undefined) throw new WireError("malformed", "A text is not UTF-8.");
  return text;
}

/** The one frame that answers: null for yes. */
export function encodeAnswer(refusal: RefusalCode | null): Uint8Array {
  const code = refusal === null ? 0 : REFUSALS.indexOf(refusal) + 1;
  return Uint8Array.of(TUNNEL_VERSION, code);
}

/** What an answer of two bytes says. @throws WireError */
export function decodeAnswer(bytes: Uint8Array): RefusalCode | null {
  const reader = new Reader(bytes);
  const version = reader.u8();
  const code = reader.u8();
  if (version !== TUNNEL_VERSION) {
    throw new WireError("version", `Version ${version} of tunnels is not known here.`);
  }
  if (code === 0) return null;
  return refusalOf(code);
}

/** The number of a refusal on the wire. */
export function numberOf(refusal: RefusalCode): number {
  return REFUSALS.indexOf(refusal) + 1;
}

/** The refusal of a number on the wire. @throws WireError */
export function refusalOf(code: number): RefusalCode {
  const refusal = REFUSALS[code - 1];
  if (refusal === undefined) throw new WireError("out-of-range", `Answer ${code} is not known.`);
  return refusal;
}

/** Collects the first frame of a tunnel from bytes as they come. */
export class OpeningReader {
  #held: Uint8Array = new Uint8Array(2);
  #filled = 0;

  /**
   * Takes bytes up to the end of the frame.
   * @returns the frame and what follows it (lent), or undefined while it is not whole
   * @throws WireError where the frame is empty or too long
   */
  push(bytes: Uint8Array): { readonly frame: Uint8Array; readonly rest: Uint8Array } | undefined {
    let at = 0;
    while (at < bytes.length) {
      const part = bytes.subarray(at, at + this.#held.length - this.#filled);
      this.#held.set(part, this.#filled);
      this.#filled += part.length;
      at += part.length;
      if (this.#filled < this.#held.length) return undefined;
      if (this.#filled > 2) return { frame: this.#held.slice(2), rest: bytes.subarray(at) };
      this.#grow();
    }
    return undefined;
  }

  #grow(): void {
    const [high = 0, low = 0] = this.#held;
    const length = high * 256 + low;
    if (length === 0 || length > OPENING_BYTES_MAX) {
      throw new WireError("too-large", `A first frame of ${length} bytes is outside its limits.`);
    }
    const held = new Uint8Array(2 + length);
    held.set(this.#held);
    this.#held = held;
  }
}
