import { expect, test } from "vitest";
import { Hamlet } from "../../../test/support/hamlet.ts";
import { concatBytes } from "../../base/bytes.ts";
import { testRandom } from "../../testing/fixtures.ts";
import { chunkListsPrefix } from "../keys.ts";
import { CHUNK_BYTES_MAX, OBJECT_BYTES_MIN, PARTS_REUSED_MAX } from "../limits.ts";
import { reads, tryWrite, write } from "./files.fixture.ts";

/** Bytes of all objects. */
function stored({ objects }: Hamlet): number {
  return concatBytes(...objects.kept.values()).length;
}

function setUp(seed: number) {
  const hamlet = new Hamlet(seed);
  const anna = hamlet.add("anna");
  const id = hamlet.create(anna, "work");
  const random = testRandom(seed);
  return { hamlet, anna, id, random, put: write.bind(undefined, hamlet, anna, id) };
}

const SIZE = 3 << 20;

test("a file that is saved again stores what has changed, and reads as it is, also elsewhere", () => {
  const { hamlet, anna, id, random, put } = setUp(1);
  const ben = hamlet.add("ben");
  hamlet.invite(anna, ben, id);
  const first = random.bytes(SIZE);
  put("book", first);
  expect(stored(hamlet)).toBe(SIZE);
  const second = concatBytes(
    first.subarray(0, 1 << 20),
    random.bytes(500),
    first.subarray(1 << 20),
  );
  put("book", second);
  const grown = stored(hamlet) - SIZE;
  expect(grown).toBeGreaterThan(500);
  expect(grown).toBeLessThanOrEqual(3 * CHUNK_BYTES_MAX);
  hamlet.settle(4);
  for (const peer of [anna, ben]) expect(reads(hamlet, peer, id, "book", second)).toBe(true);
  const [, old] = anna.live.history(id, "book");
  anna.live.restore(id, "book", old?.version ?? "", () => undefined);
  hamlet.settle(4);
  expect(reads(hamlet, ben, id, "book", first)).toBe(true);
});

test("a copy stores nothing, also after a restart and under another name", () => {
  const { hamlet, anna, id, random, put } = setUp(2);
  const bytes = random.bytes(SIZE);
  put("one", bytes);
  hamlet.restart(anna);
  while (!anna.isReady && hamlet.step());
  put("two", bytes);
  put("three", bytes.subarray(0, SIZE));
  expect(stored(hamlet)).toBe(SIZE);
  expect(hamlet.objects.puts).toBe(1);
  for (const path of ["two", "three"]) expect(reads(hamlet, anna, id, path, bytes)).toBe(true);
});

test("an object that was let go is no longer built upon", () => {
  const { hamlet, anna, id, random, put } = setUp(3);
  const bytes = random.bytes(SIZE);
  put("one", bytes);
  hamlet.objects.kept.clear();
  put("one", bytes);
  expect(stored(hamlet)).toBe(SIZE);
  expect(reads(hamlet, anna, id, "one", bytes)).toBe(true);
});

test("an object that is let go while a file is pointed into it makes the write fail, not the file", () => {
  const { hamlet, anna, id, random, put } = setUp(9);
  const bytes = random.bytes(SIZE);
  put("one", bytes);
  const now = { state: "" };
  const tell = (state: string) => (): void => {
    now.state = state;
  };
  const events = { onDone: tell("done"), onError: tell("error"), onDrain: tell("drain") };
  const writer = anna.live.tree(id).write("two", {}, events);
  writer.write(bytes);
  while (now.state === "" && hamlet.step());
  expect(now.state).toBe("drain");
  hamlet.objects.kept.clear();
  writer.finish();
  while (now.state === "drain" && hamlet.step());
  expect(now.state).toBe("error");
  put("two", bytes);
  expect(reads(hamlet, anna, id, "two", bytes)).toBe(true);
});

test("another folder shares nothing", () => {
  const { hamlet, anna, random, put } = setUp(4);
  const other = hamlet.create(anna, "other");
  const bytes = random.bytes(SIZE);
  put("one", bytes);
  write(hamlet, anna, other, "one", bytes);
  expect(stored(hamlet)).toBe(2 * SIZE);
});

test("so many parts and no more: what would make more is stored again", () => {
  const { hamlet, anna, id, random, put } = setUp(5);
  const block = 4 * CHUNK_BYTES_MAX;
  const bytes = random.bytes((PARTS_REUSED_MAX / 2 + 8) * block);
  put("one", bytes);
  const changed = bytes.slice();
  for (let at = 100; at < changed.length; at += block) changed[at] = (changed[at] ?? 0) ^ 1;
  put("one", changed);
  const again = stored(hamlet) - bytes.length;
  expect(again).toBeGreaterThan(8 * block);
  expect(again).toBeLessThan(bytes.length);
  expect(reads(hamlet, anna, id, "one", changed)).toBe(true);
});

test("a store that refuses, before or in the middle, is told, and nothing of it is remembered", () => {
  const { hamlet, anna, id, random } = setUp(6);
  hamlet.objects.isDown = true;
  expect(tryWrite(hamlet, anna, id, "one", random.bytes(OBJECT_BYTES_MIN))).toBe("full");
  expect([...anna.disk.kept.keys()].filter((key) => key.startsWith("folders/c/"))).toEqual([]);
});

test("a writer that is given up while the disk is read leaves nothing behind", () => {
  const { hamlet, anna, id, random, put } = setUp(7);
  const events = { onDone: () => undefined, onError: () => undefined };
  const writer = anna.live.tree(id).write("one", {}, events);
  writer.write(random.bytes(OBJECT_BYTES_MIN));
  writer.abort();
  hamlet.settle();
  expect(hamlet.objects.puts).toBe(0);
  put("one", random.bytes(OBJECT_BYTES_MIN));
  expect(hamlet.objects.puts).toBe(1);
});

test("a damaged list is forgotten; leaving the folder removes them all", () => {
  const { hamlet, anna, id, random, put } = setUp(8);
  const bytes = random.bytes(SIZE);
  put("one", bytes);
  const listKeys = () =>
    [...anna.disk.kept.keys()].filter((key) => key.startsWith(chunkListsPrefix(id)));
  const [key = ""] = listKeys();
  anna.disk.kept.set(key, Uint8Array.of(1, 2, 3));
  hamlet.restart(anna);
  while (!anna.isReady && hamlet.step());
  put("two", bytes);
  // It is put anew, and is the same object.
  expect(hamlet.objects.puts).toBe(2);
  expect(stored(hamlet)).toBe(SIZE);
  expect(listKeys()).toHaveLength(1);
  anna.live.forget(id, (error) => expect(error).toBeNull());
  hamlet.settle();
  expect(listKeys()).toEqual([]);
});
