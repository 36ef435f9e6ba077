import { describe, expect, test } from "vitest";
import { makeStoreNet } from "../../test/support/store-net.ts";
import { equalBytes } from "../base/bytes.ts";
import { must } from "../base/errors.ts";
import type { Head } from "./head.ts";
import { get, pattern, put, STRIPE } from "./jobs.fixture.ts";
import { KnownHeads } from "./known-heads.ts";
import { KNOWN_HEADS_MAX } from "./limits.ts";
import { decodeMessage } from "./messages.ts";

function head(rootHex: string): Head {
  const bytes = new Uint8Array(0);
  return { rootHex, bytes, root: bytes, fragmentRoots: bytes, locateId: "" } as unknown as Head;
}

describe("heads that are known", () => {
  test("stay up to their number; one more, and the longest unused one goes", () => {
    const heads = new KnownHeads();
    for (let i = 0; i < KNOWN_HEADS_MAX; i++) heads.add(head(`${i}`));
    expect(heads.get("0")?.rootHex).toBe("0");
    expect(heads.get("1")?.rootHex).toBe("1");
    heads.get("0");
    heads.add(head("one more"));
    expect(heads.get("2")).toBeUndefined();
    expect([heads.get("0"), heads.get("1"), heads.get("one more")]).not.toContain(undefined);
  });

  test("are asked for once by who reads an object several times, and what is read stays right", () => {
    const small = { stripeBytes: STRIPE };
    const net = makeStoreNet();
    const holders = net.addMany(4, small);
    const data = pattern(60 * STRIPE);
    const link = put(net, must(holders[0], "a peer"), data);
    net.settle();
    const reader = net.add(small);
    let asked = 0;
    reader.session.tamper = (bytes) => {
      if (bytes.length > 4 && decodeMessage(bytes.subarray(4))?.t === "head") asked++;
      return bytes;
    };
    for (const from of [20 * STRIPE + 100, 3 * STRIPE]) {
      const range = { from, to: from + STRIPE };
      const got = get(net, reader, link, 120_000, { range });
      expect(got.error).toBeUndefined();
      expect(equalBytes(got.bytes, data.subarray(range.from, range.to))).toBe(true);
      expect(asked).toBe(1);
    }
  });
});
