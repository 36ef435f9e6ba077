import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { concatBytes, fromUtf8, utf8 } from "../base/bytes.ts";
import type { Step } from "./asking.ts";
import { HttpAsking } from "./http-connect.ts";
import { HTTP_HEAD_BYTES_MAX } from "./limits.ts";

function ask(text: string | Uint8Array, size: number): Step {
  const bytes = typeof text === "string" ? utf8(text) : text;
  const asking = new HttpAsking();
  let last: Step = { t: "more", reply: new Uint8Array(0) };
  for (let at = 0; at < bytes.length && last.t === "more"; at += size) {
    last = asking.push(bytes.subarray(at, at + size));
  }
  return last;
}

describe("a program asks for a connection", () => {
  test.each([
    ["anna.peer.alt:80", "anna.peer.alt", 80],
    ["192.0.2.7:443", "192.0.2.7", 443],
    ["[fd01::9]:8080", "fd01::9", 8080],
  ])("CONNECT %s, all at once or byte by byte", (target, host, port) => {
    const head = `CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\nUser-Agent: x\r\n\r\n`;
    for (const size of [1, 3, 9_000]) expect(ask(head, size)).toMatchObject({ host, port });
    expect(ask(head.replaceAll("\r\n", "\n"), 5)).toMatchObject({ host, port });
    expect(ask(`CONNECT ${target} HTTP/1.0\r\n\r\n`, 1)).toMatchObject({ host, port });
  });

  test("what follows the head is kept", () => {
    const step = ask("CONNECT a:1 HTTP/1.1\r\n\r\nearly", 400);
    expect(step.t === "request" && step.rest).toEqual(utf8("early"));
  });

  test("a head at the limit is taken, one above is not", () => {
    const head = (length: number): string => {
      const start = "CONNECT a:1 HTTP/1.1\r\nx: ";
      return `${start}${"y".repeat(length - start.length - 4)}\r\n\r\n`;
    };
    expect(ask(head(HTTP_HEAD_BYTES_MAX), 1_000).t).toBe("request");
    const step = ask(head(HTTP_HEAD_BYTES_MAX + 1), 1_000);
    expect(fromUtf8(step.reply)).toMatch(/^HTTP\/1\.1 431 /);
  });
});

describe("a program is refused:", () => {
  test.each([
    ["GET of a page", "GET http://example.org/ HTTP/1.1\r\n\r\n", 405],
    [
      "a web page of this machine's browser",
      "POST / HTTP/1.1\r\nHost: 127.0.0.1:1080\r\n\r\n",
      405,
    ],
    ["HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505],
    ["no version", "CONNECT a:1\r\n\r\n", 400],
    ["a target without a port", "CONNECT anna HTTP/1.1\r\n\r\n", 400],
    ["port 0", "CONNECT anna:0 HTTP/1.1\r\n\r\n", 400],
    ["port 65536", "CONNECT anna:65536 HTTP/1.1\r\n\r\n", 400],
    ["a name in the address", "CONNECT me@anna:80 HTTP/1.1\r\n\r\n", 400],
    ["a path", "CONNECT anna:80/x HTTP/1.1\r\n\r\n", 400],
    ["an address without brackets", "CONNECT fd01::9:80 HTTP/1.1\r\n\r\n", 400],
    ["two blanks", "CONNECT  a:1 HTTP/1.1\r\n\r\n", 400],
    ["a header without a colon", "CONNECT a:1 HTTP/1.1\r\nnonsense\r\n\r\n", 400],
    ["a header with a zero byte", "CONNECT a:1 HTTP/1.1\r\nx: \0\r\n\r\n", 400],
    ["a folded header", "CONNECT a:1 HTTP/1.1\r\nx: y\r\n z\r\n\r\n", 400],
    ["an empty request", "\r\n\r\n", 400],
  ])("%s", (_what, head, status) => {
    for (const size of [1, 9_000]) {
      const step = ask(head, size);
      expect(step.t).toBe("refused");
      expect(fromUtf8(step.reply)).toContain(`HTTP/1.1 ${status} `);
    }
  });
});

test("a refusal carries its words, whole", () => {
  const text = fromUtf8(new HttpAsking().refuse("quota", "Used up – for today.")) ?? "";
  const [head = "", body = ""] = text.split("\r\n\r\n");
  expect(head).toMatch(/^HTTP\/1\.1 403 /);
  expect(head).toContain(`content-length: ${utf8(body).length}`);
  expect(body).toBe("Used up – for today.\n");
});

test("any bytes end in one of three ways, and nothing is thrown", () => {
  const some = fc.oneof(
    fc.uint8Array({ maxLength: 3_000 }),
    fc.string({ maxLength: 500 }).map((text) => utf8(`CONNECT ${text}\r\n\r\n`)),
    fc
      .uint8Array({ maxLength: 500 })
      .map((bytes) => concatBytes(utf8("CONNECT a:1 HTTP/1.1\r\n"), bytes)),
  );
  fc.assert(
    fc.property(some, fc.integer({ min: 1, max: 600 }), (bytes, size) => {
      expect(["more", "request", "refused"]).toContain(ask(bytes, size).t);
    }),
  );
});
