import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { concatBytes, utf8 } from "../base/bytes.ts";
import type { Step } from "./asking.ts";
import { SocksAsking } from "./socks.ts";

const GREETING = Uint8Array.of(5, 1, 0);

function domain(name: string, port: number): Uint8Array {
  const bytes = utf8(name);
  const head = Uint8Array.of(5, 1, 0, 3, bytes.length);
  return concatBytes(head, bytes, Uint8Array.of(port >> 8, port & 0xff));
}

/** All replies and the last step, for bytes cut into pieces. */
function ask(bytes: Uint8Array, size: number): { readonly replies: number[]; readonly last: Step } {
  const asking = new SocksAsking();
  const replies: number[] = [];
  let last: Step = { t: "more", reply: new Uint8Array(0) };
  for (let at = 0; at < bytes.length && last.t === "more"; at += size) {
    last = asking.push(bytes.subarray(at, at + size));
    replies.push(...last.reply);
  }
  return { replies, last };
}

describe("a program asks for a connection", () => {
  test.each([
    ["a name", domain("anna.peer.alt", 8080), "anna.peer.alt", 8080],
    ["an IPv4 address", Uint8Array.of(5, 1, 0, 1, 192, 0, 2, 7, 0, 80), "192.0.2.7", 80],
    [
      "an IPv6 address",
      Uint8Array.of(5, 1, 0, 4, 0xfd, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9, 1, 187),
      "fd01:0:0:0:0:0:0:9",
      443,
    ],
  ])("by %s, all at once or byte by byte", (_what, request, host, port) => {
    for (const size of [1, 2, 7, 400]) {
      const { replies, last } = ask(concatBytes(GREETING, request), size);
      expect(replies).toEqual([5, 0]);
      expect(last).toMatchObject({ t: "request", host, port });
    }
  });

  test("what follows the request is kept", () => {
    const { last } = ask(concatBytes(GREETING, domain("a", 1), utf8("early")), 400);
    expect(last.t === "request" && last.rest).toEqual(utf8("early"));
  });

  test("the longest name is taken", () => {
    const name = "a".repeat(255);
    expect(ask(concatBytes(GREETING, domain(name, 1)), 3).last).toMatchObject({ host: name });
  });
});

describe("a program is refused:", () => {
  test.each<[string, number[], number[]]>([
    ["SOCKS 4", [4, 1, 0, 80, 1, 2, 3, 4, 0], []],
    ["no methods", [5, 0], [5, 255]],
    ["only a password", [5, 1, 2], [5, 255]],
    ["another version in the request", [...GREETING, 4, 1, 0, 1], [5, 0, 5, 1]],
    ["BIND", [...GREETING, 5, 2, 0, 1], [5, 0, 5, 7]],
    ["UDP ASSOCIATE", [...GREETING, 5, 3, 0, 1], [5, 0, 5, 7]],
    ["a reserved byte that is not 0", [...GREETING, 5, 1, 9, 1], [5, 0, 5, 1]],
    ["an unknown kind of address", [...GREETING, 5, 1, 0, 2], [5, 0, 5, 8]],
    ["an empty name", [...GREETING, 5, 1, 0, 3, 0, 0, 80], [5, 0, 5, 1]],
    ["a name with a blank", [...GREETING, 5, 1, 0, 3, 1, 32, 0, 80], [5, 0, 5, 1]],
    ["a name with a zero byte", [...GREETING, 5, 1, 0, 3, 1, 0, 0, 80], [5, 0, 5, 1]],
    ["a name that is not UTF-8", [...GREETING, 5, 1, 0, 3, 1, 0xff, 0, 80], [5, 0, 5, 1]],
    ["port 0", [...GREETING, 5, 1, 0, 1, 1, 2, 3, 4, 0, 0], [5, 0, 5, 1]],
  ])("%s", (_what, bytes, replies) => {
    for (const size of [1, 400]) {
      const found = ask(Uint8Array.from(bytes), size);
      expect(found.last.t).toBe("refused");
      expect(found.replies.slice(0, replies.length)).toEqual(replies);
    }
  });
});

test("any bytes end in one of three ways, and nothing is thrown", () => {
  const some = fc.oneof(
    fc.uint8Array({ maxLength: 600 }),
    fc.uint8Array({ maxLength: 600 }).map((bytes) => concatBytes(GREETING, bytes)),
    fc
      .uint8Array({ maxLength: 600 })
      .map((bytes) => concatBytes(GREETING, Uint8Array.of(5, 1, 0), bytes)),
  );
  fc.assert(
    fc.property(some, fc.integer({ min: 1, max: 600 }), (bytes, size) => {
      expect(["more", "request", "refused"]).toContain(ask(bytes, size).last.t);
    }),
  );
});
