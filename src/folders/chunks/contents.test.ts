import { describe, expect, test } from "vitest";
import { Hamlet, type Hamleteer, suite } from "../../../test/support/hamlet.ts";
import { equalBytes, toHex } from "../../base/bytes.ts";
import { must } from "../../base/errors.ts";
import { testRandom } from "../../testing/fixtures.ts";
import { readKeys, writeKeys } from "../capability.ts";
import { CONTENT_BYTES_MAX, CONTENT_HELD_BYTES_MAX } from "../limits.ts";
import { Contents, HeldBytes } from "./contents.ts";
import { reads, write } from "./files.fixture.ts";

const SIZE = 3 << 20;

interface Pair {
  readonly hamlet: Hamlet;
  readonly anna: Hamleteer;
  readonly ben: Hamleteer;
  readonly id: string;
}

/** Two devices that write one folder. */
function pair(seed: number): Pair {
  const hamlet = new Hamlet(seed);
  const [anna, ben] = [hamlet.add("anna"), hamlet.add("ben")];
  const id = hamlet.create(anna, "photos");
  hamlet.invite(anna, ben, id);
  hamlet.settle(4);
  return { hamlet, anna, ben, id };
}

const bytesOf = ({ objects }: Hamlet): number =>
  [...objects.kept.values()].reduce((sum, { length }) => sum + length, 0);

describe("the same file, put into a folder by two devices", () => {
  test("is one object, at one path or at two", () => {
    const { hamlet, anna, ben, id } = pair(1);
    const bytes = testRandom("photo").bytes(SIZE);
    write(hamlet, anna, id, "lake.jpg", bytes);
    hamlet.settle(4);
    write(hamlet, ben, id, "my lake.jpg", bytes);
    write(hamlet, ben, id, "lake.jpg", bytes);
    hamlet.settle(4);
    expect(bytesOf(hamlet)).toBe(SIZE);
    for (const peer of [anna, ben]) {
      for (const path of ["lake.jpg", "my lake.jpg"]) {
        expect(reads(hamlet, peer, id, path, bytes)).toBe(true);
      }
    }
  });

  test("is one object also where they did not reach each other", () => {
    const { hamlet, anna, ben, id } = pair(2);
    const bytes = testRandom("apart").bytes(SIZE);
    hamlet.part(anna, ben);
    write(hamlet, anna, id, "lake.jpg", bytes);
    write(hamlet, ben, id, "lake.jpg", bytes);
    expect(bytesOf(hamlet)).toBe(SIZE);
  });

  test("of another folder shares nothing with it: who is not in this one learns nothing by a file", () => {
    const { hamlet, anna, ben, id } = pair(4);
    const other = hamlet.create(anna, "other");
    const bytes = testRandom("both").bytes(SIZE);
    write(hamlet, anna, id, "lake.jpg", bytes);
    write(hamlet, anna, other, "lake.jpg", bytes);
    expect(bytesOf(hamlet)).toBe(2 * SIZE);
    expect(reads(hamlet, ben, id, "lake.jpg", bytes)).toBe(true);
  });
});

describe("how large it may be", () => {
  test.each([
    [CONTENT_BYTES_MAX, 1],
    [CONTENT_BYTES_MAX + 1, 2],
  ])("%i bytes: %i object(s) of two devices", (size, objects) => {
    const { hamlet, anna, ben, id } = pair(5);
    const bytes = testRandom(`size ${size}`).bytes(size);
    write(hamlet, anna, id, "film", bytes);
    write(hamlet, ben, id, "film", bytes);
    expect(hamlet.objects.kept.size).toBe(objects);
    hamlet.settle(4);
    expect(reads(hamlet, ben, id, "film", bytes)).toBe(true);
  });

  test("so much is held for all files, and no more", () => {
    const held = new HeldBytes();
    expect(held.take(CONTENT_HELD_BYTES_MAX)).toBe(true);
    expect(held.take(1)).toBe(false);
    held.giveBack(1);
    expect(held.take(1)).toBe(true);
  });

  test("what was broken off, refused or too long is held no more", () => {
    const { hamlet, anna, id } = pair(6);
    const tree = anna.live.tree(id);
    const events = { onDone: () => undefined, onError: () => undefined };
    const piece = testRandom("piece").bytes(1 << 20);
    for (let count = 0; count < CONTENT_HELD_BYTES_MAX >> 20; count += 4) {
      const writer = tree.write(`broken ${count}`, {}, events);
      for (let at = 0; at < 4; at++) {
        writer.write(piece);
        while (hamlet.step());
      }
      writer.abort();
    }
    hamlet.objects.isDown = true;
    const refused = tree.write("refused", {}, events);
    refused.write(piece);
    while (hamlet.step());
    refused.finish();
    while (hamlet.step());
    hamlet.objects.isDown = false;
    const bytes = testRandom("last").bytes(SIZE);
    write(hamlet, anna, id, "one", bytes);
    const ben = must(hamlet.all[1], "Ben is there");
    hamlet.settle(4);
    write(hamlet, ben, id, "two", bytes);
    expect(bytesOf(hamlet)).toBe(SIZE);
  });
});

describe("what the key is made of", () => {
  test("seeds are made of the folder's read key and of all bytes", () => {
    const keys = writeKeys(suite, new Uint8Array(32).fill(1));
    const reader = readKeys(suite, keys.readKey, keys.publicKey);
    const stranger = writeKeys(suite, new Uint8Array(32).fill(2));
    const chunk = (byte: number): { lengthBytes: number; hash: Uint8Array } => {
      return { lengthBytes: 9, hash: new Uint8Array(32).fill(byte) };
    };
    const seeds = [
      contentsOf(keys).seedOf([chunk(1), chunk(2)]),
      contentsOf(reader).seedOf([chunk(1), chunk(2)]),
      contentsOf(stranger).seedOf([chunk(1), chunk(2)]),
      contentsOf(keys).seedOf([chunk(2), chunk(1)]),
      contentsOf(keys).seedOf([chunk(1)]),
      contentsOf(keys).seedOf([{ ...chunk(1), lengthBytes: 8 }, chunk(2)]),
    ].map(toHex);
    expect(seeds[0]).toBe(seeds[1]);
    expect(new Set(seeds).size).toBe(5);
    expect(equalBytes(keys.readKey, keys.keepKey)).toBe(false);
  });
});

function contentsOf(keys: ReturnType<typeof readKeys>): Contents {
  return new Contents({ context: { suite }, keys });
}
