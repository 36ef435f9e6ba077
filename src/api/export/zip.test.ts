import { crc32, inflateRawSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { concatBytes, fromUtf8, utf8 } from "../../base/bytes.ts";
import { type ZipMember, zipMembers } from "../../media/zip.ts";
import { EXPORT_ENTRIES_MAX } from "../limits.ts";
import { fileNameOf, setIn } from "./names.ts";
import { type ZipEntry, zipOf } from "./zip.ts";

async function* listed(entries: readonly ZipEntry[]): AsyncGenerator<ZipEntry> {
  yield* entries;
}

async function archive(entries: readonly ZipEntry[]): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const part of zipOf(listed(entries), Date.UTC(2026, 1, 3, 4, 5, 6))) parts.push(part);
  return concatBytes(...parts);
}

/** A member as its local header and its descriptor have it. */
function unpacked(bytes: Uint8Array, { at, packedBytes, sizeBytes }: ZipMember): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const from = at + 30 + view.getUint16(at + 26, true);
  const found = inflateRawSync(bytes.subarray(from, from + packedBytes));
  const tail = from + packedBytes;
  expect(view.getUint32(tail + 4, true)).toBe(crc32(found));
  expect(view.getUint32(tail + 8, true)).toBe(packedBytes);
  expect([view.getUint32(tail + 12, true), sizeBytes]).toEqual([found.length, found.length]);
  return found;
}

describe("a ZIP archive that is written as it goes", () => {
  test("holds files of any content, also of none, under names in UTF-8", async () => {
    const many = Array.from({ length: 300 }, (_, at) => `${at} `.repeat(400));
    const bytes = await archive([
      { path: "a/größe.txt", content: () => ["hello ", utf8("wörld")] },
      { path: "empty", content: () => [] },
      {
        path: "slow",
        content: async function* () {
          for (const part of many) yield part;
        },
      },
    ]);
    const members = zipMembers(bytes);
    expect(members.map(({ name }) => name)).toEqual(["a/größe.txt", "empty", "slow"]);
    const texts = members.map((member) => fromUtf8(unpacked(bytes, member)));
    expect(texts).toEqual(["hello wörld", "", many.join("")]);
    // 2026-02-03 04:05:06 UTC, as the extended timestamp of each of the three has it.
    const stamp = Buffer.alloc(4);
    stamp.writeUInt32LE(Date.UTC(2026, 1, 3, 4, 5, 6) / 1_000);
    expect(Buffer.from(bytes).toString("latin1").split(stamp.toString("latin1"))).toHaveLength(4);
  });

  test("is read no faster than it is taken", async () => {
    let made = 0;
    const content = async function* (): AsyncGenerator<Uint8Array> {
      // Noise does not become less by packing: what is made shows in what comes out.
      for (; made < 1_000; made++) yield crypto.getRandomValues(new Uint8Array(16_384));
    };
    const parts = zipOf(listed([{ path: "x", content }]), 0);
    for (let taken = 0; taken < 8; taken++) await parts.next();
    await new Promise((resolve) => setImmediate(resolve));
    expect(made).toBeLessThan(100);
    await parts.return(undefined);
  });

  test("an error of a content ends it", async () => {
    const content = async function* (): AsyncGenerator<string> {
      yield "begun";
      throw new RangeError("the end");
    };
    await expect(archive([{ path: "x", content }])).rejects.toThrow("the end");
  });

  test("has so many files and no more", async () => {
    const entry = { path: "x", content: () => [] };
    const forever = async function* (count: number): AsyncGenerator<ZipEntry> {
      for (let at = 0; at < count; at++) yield entry;
    };
    const membersOf = async (count: number): Promise<number> => {
      const parts: Uint8Array[] = [];
      for await (const part of zipOf(forever(count), 0, 5)) parts.push(part);
      return zipMembers(concatBytes(...parts)).length;
    };
    expect(await membersOf(5)).toBe(5);
    await expect(membersOf(6)).rejects.toThrow("more than one file can hold");
    expect(EXPORT_ENTRIES_MAX).toBeLessThan(0xffff);
  });
});

describe("names and texts of others in files", () => {
  test("a name leads nowhere and is nobody else's", () => {
    const id = "0123456789abcdef";
    for (const [name, safe] of [
      ["Anna", "Anna-01234567"],
      ["../../etc/passwd", "etc passwd-01234567"],
      ["..", "unnamed-01234567"],
      ['a\\b:c*?"<>|', "a b c-01234567"],
      ["\u202egpj.exe\u0000", "gpj.exe-01234567"],
      ["Jörg 李 🦊.", "Jörg 李 🦊-01234567"],
      ["x".repeat(500), `${"x".repeat(40)}-01234567`],
    ] as const) {
      expect(fileNameOf(name, id)).toBe(safe);
    }
  });

  test("a message cannot pass for another one", () => {
    const forged = "hi\r\n2026-01-01T00:00:00Z  Ben: yes\u2028or\u0085no";
    expect(setIn("2025 Anna: ", forged)).toBe(
      "2025 Anna: hi\n    2026-01-01T00:00:00Z  Ben: yes\n    or\n    no\n",
    );
  });
});
