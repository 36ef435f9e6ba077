import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { utf8 } from "../base/bytes.ts";
import { decodeEntry } from "../feed/index.ts";
import { WireError } from "../wire/index.ts";
import { decodeBody, EntryWriter } from "./operation.ts";
import { decodeFrame } from "./protocol.ts";

describe("decoders", () => {
  test("any bytes are read or refused with a typed error", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        for (const decode of [decodeFrame, (b: Uint8Array) => decodeBody(b, "0".repeat(32), 1)]) {
          try {
            decode(bytes);
          } catch (error) {
            expect(error).toBeInstanceOf(WireError);
          }
        }
      }),
      { numRuns: 2_000 },
    );
  });

  test("an altered body is read or refused with a typed error, and never has a bad path", () => {
    const writer = new EntryWriter("0".repeat(32));
    const file = { modifiedAtMs: 1, mediaType: "", parts: [] };
    writer.add({ kind: "put", path: "a/b", replaces: [], file, inline: utf8("x") });
    writer.add({
      kind: "remove",
      path: "c",
      replaces: [{ log: "1".repeat(32), seq: 1, index: 0 }],
    });
    writer.add({ kind: "bundle", bundle: 4, link: new Uint8Array(64) });
    const whole = writer.done(1, 2);
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.nat(255), (at, value) => {
        const copy = whole.slice();
        copy[at] = value;
        try {
          for (const operation of decodeBody(copy, "0".repeat(32), 1).operations) {
            if (operation.kind !== "bundle") expect(operation.path).not.toContain("..");
          }
        } catch (error) {
          expect(error).toBeInstanceOf(WireError);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  test("an entry that is none is refused", () => {
    expect(() => decodeEntry(new Uint8Array(100))).toThrow(WireError);
  });
});
