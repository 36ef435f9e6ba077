import { concatBytes, fromUtf8, NO_BYTES } from "../base/bytes.ts";
import type { Asking, Step } from "./asking.ts";
import type { Refusal } from "./refusal.ts";

const VERSION = 5;
const NO_AUTHENTICATION = 0;
const NONE_ACCEPTABLE = 0xff;
const CONNECT = 1;
const ADDRESS = { ipv4: 1, domain: 3, ipv6: 4 } as const;
/** Replies (RFC 1928 section 6). */
const REPLY = {
  ok: 0,
  failure: 1,
  notAllowed: 2,
  networkUnreachable: 3,
  hostUnreachable: 4,
  connectionRefused: 5,
  commandUnknown: 7,
  addressUnknown: 8,
} as const;
const MORE: Step = { t: "more", reply: NO_BYTES };
const DOMAIN = /^[^\s\p{Cc}]+$/u;

function replyOf(code: number): Uint8Array {
  return Uint8Array.of(VERSION, code, 0, ADDRESS.ipv4, 0, 0, 0, 0, 0, 0);
}

function refuse(code: number): Step {
  return { t: "refused", reply: replyOf(code) };
}

const REPLIES: Readonly<Record<Refusal, number>> = {
  denied: REPLY.notAllowed,
  private: REPLY.notAllowed,
  quota: REPLY.notAllowed,
  "no-full-tunnel": REPLY.notAllowed,
  metered: REPLY.notAllowed,
  "not-listening": REPLY.connectionRefused,
  "no-such-service": REPLY.connectionRefused,
  busy: REPLY.failure,
  malformed: REPLY.failure,
  "no-exit": REPLY.networkUnreachable,
  unreachable: REPLY.hostUnreachable,
  away: REPLY.hostUnreachable,
  "unknown-name": REPLY.hostUnreachable,
};

/**
 * The server's half of SOCKS 5 (RFC 1928): no authentication, CONNECT only, names and both kinds
 * of addresses. Takes bytes in any pieces; what it holds is bounded by the protocol (262 bytes).
 */
export class SocksAsking implements Asking {
  #held: Uint8Array = NO_BYTES;
  #isGreeted = false;

  push(bytes: Uint8Array): Step {
    this.#held = concatBytes(this.#held, bytes);
    let reply: Uint8Array = NO_BYTES;
    if (!this.#isGreeted) {
      const greeting = this.#greet();
      if (greeting.t !== "more" || !this.#isGreeted) return greeting;
      reply = greeting.reply;
    }
    const step = this.#request();
    return { ...step, reply: concatBytes(reply, step.reply) };
  }

  agree(): Uint8Array {
    return replyOf(REPLY.ok);
  }

  refuse(refusal: Refusal): Uint8Array {
    return replyOf(REPLIES[refusal]);
  }

  #greet(): Step {
    const [version, count] = this.#held;
    if (version !== undefined && version !== VERSION) return { t: "refused", reply: NO_BYTES };
    if (count === undefined || this.#held.length < 2 + count) return MORE;
    const methods = this.#held.subarray(2, 2 + count);
    if (!methods.includes(NO_AUTHENTICATION)) {
      return { t: "refused", reply: Uint8Array.of(VERSION, NONE_ACCEPTABLE) };
    }
    this.#isGreeted = true;
    this.#held = this.#held.slice(2 + count);
    return { t: "more", reply: Uint8Array.of(VERSION, NO_AUTHENTICATION) };
  }

  #request(): Step {
    const held = this.#held;
    const fault = faultOf(held);
    if (fault !== undefined) return refuse(fault);
    const [, , , kind, first] = held;
    if (kind === undefined || first === undefined) return MORE;
    const start = kind === ADDRESS.domain ? 5 : 4;
    const length = kind === ADDRESS.domain ? first : kind === ADDRESS.ipv4 ? 4 : 16;
    const end = start + length + 2;
    if (held.length < end) return MORE;
    const host = hostOf(kind, held.subarray(start, start + length));
    const port = (held[end - 2] ?? 0) * 256 + (held[end - 1] ?? 0);
    if (host === undefined || port === 0) return refuse(REPLY.failure);
    this.#held = NO_BYTES;
    return { t: "request", reply: NO_BYTES, host, port, rest: held.slice(end) };
  }
}

/** The reply to a request whose first bytes are wrong already. */
function faultOf([version = VERSION, command = CONNECT, reserved = 0, kind]: Uint8Array):
  | number
  | undefined {
  if (version !== VERSION || reserved !== 0) return REPLY.failure;
  if (command !== CONNECT) return REPLY.commandUnknown;
  const isKnown = kind === undefined || Object.values<number>(ADDRESS).includes(kind);
  return isKnown ? undefined : REPLY.addressUnknown;
}

function hostOf(kind: number, bytes: Uint8Array): string | undefined {
  if (kind === ADDRESS.ipv4) return [...bytes].join(".");
  if (kind === ADDRESS.domain) {
    const text = fromUtf8(bytes);
    return text !== undefined && DOMAIN.test(text) ? text : undefined;
  }
  const groups: string[] = [];
  for (let at = 0; at < bytes.length; at += 2) {
    groups.push(((bytes[at] ?? 0) * 256 + (bytes[at + 1] ?? 0)).toString(16));
  }
  return groups.join(":");
}
