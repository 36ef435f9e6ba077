import { concatBytes, NO_BYTES, utf8 } from "../base/bytes.ts";
import type { Asking, Step } from "./asking.ts";
import { HTTP_HEAD_BYTES_MAX } from "./limits.ts";
import type { Refusal } from "./refusal.ts";

const MORE: Step = { t: "more", reply: NO_BYTES };
const REQUEST_LINE = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+) (\S+) HTTP\/(\d)\.(\d)$/;
const HEADER_LINE = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+:[\t\x20-\x7e\x80-\xff]*$/;
const AUTHORITY = /^(?:\[([0-9A-Fa-f:.]+)\]|([^\s[\]:@/?#]+)):(\d{1,5})$/;
const CR = 13;
const LF = 10;

const STATUS: Readonly<Record<Refusal, string>> = {
  denied: "403 Forbidden",
  private: "403 Forbidden",
  quota: "403 Forbidden",
  "no-full-tunnel": "403 Forbidden",
  metered: "403 Forbidden",
  "no-exit": "403 Forbidden",
  "not-listening": "502 Bad Gateway",
  "no-such-service": "502 Bad Gateway",
  unreachable: "502 Bad Gateway",
  away: "502 Bad Gateway",
  "unknown-name": "502 Bad Gateway",
  malformed: "502 Bad Gateway",
  busy: "503 Service Unavailable",
};

function answer(status: string, words: string, more = ""): Uint8Array {
  const body = utf8(`${words}\n`);
  const head =
    `HTTP/1.1 ${status}\r\ncontent-type: text/plain; charset=utf-8\r\n` +
    `content-length: ${body.length}\r\n${more}connection: close\r\n\r\n`;
  return concatBytes(utf8(head), body);
}

function refused(status: string, words: string, more = ""): Step {
  return { t: "refused", reply: answer(status, words, more) };
}

/**
 * The server's half of HTTP CONNECT (RFC 9110 section 9.3.6; form of the head: RFC 9112). Takes
 * bytes in any pieces and holds at most one head.
 */
export class HttpAsking implements Asking {
  readonly #head = new Uint8Array(HTTP_HEAD_BYTES_MAX);
  #length = 0;

  push(bytes: Uint8Array): Step {
    for (const [at, byte] of bytes.entries()) {
      if (this.#length >= HTTP_HEAD_BYTES_MAX) {
        return refused("431 Request Header Fields Too Large", "The head is too large.");
      }
      this.#head[this.#length++] = byte;
      if (byte === LF && this.#isWhole()) return this.#parse(bytes.slice(at + 1));
    }
    return MORE;
  }

  agree(): Uint8Array {
    return utf8("HTTP/1.1 200 Connection Established\r\n\r\n");
  }

  refuse(refusal: Refusal, words: string): Uint8Array {
    return answer(STATUS[refusal], words);
  }

  /** Whether the head ends with an empty line; a CR before a LF may be missing. */
  #isWhole(): boolean {
    const head = this.#head;
    let at = this.#length - 2;
    if (head[at] === CR) at--;
    return head[at] === LF;
  }

  #parse(rest: Uint8Array): Step {
    let text = "";
    for (const byte of this.#head.subarray(0, this.#length)) text += String.fromCharCode(byte);
    const [first = "", ...headers] = text.split(/\r?\n/).slice(0, -2);
    const line = REQUEST_LINE.exec(first);
    if (line === null || !headers.every((header) => HEADER_LINE.test(header))) {
      return refused("400 Bad Request", "This is no HTTP request that can be understood.");
    }
    const [, method, target = "", major] = line;
    if (major !== "1") return refused("505 HTTP Version Not Supported", "Use HTTP/1.1.");
    if (method !== "CONNECT") {
      const words = "Only CONNECT is possible here. For plain http:// use this port as SOCKS5.";
      return refused("405 Method Not Allowed", words, "allow: CONNECT\r\n");
    }
    const authority = AUTHORITY.exec(target);
    const port = Number(authority?.[3]);
    if (authority === null || port < 1 || port > 65_535) {
      return refused(
        "400 Bad Request",
        "CONNECT needs a host and a port, such as anna.peer.alt:80.",
      );
    }
    const host = authority[1] ?? authority[2] ?? "";
    return { t: "request", reply: NO_BYTES, host, port, rest };
  }
}
