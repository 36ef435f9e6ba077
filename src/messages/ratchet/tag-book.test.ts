import fc from "fast-check";
import { expect, test } from "vitest";
import { type End, suite, twoEnds } from "../../../test/support/ratchet/kit.ts";
import { utf8 } from "../../base/bytes.ts";
import { AssertionError } from "../../base/errors.ts";
import { testRandom } from "../../testing/index.ts";
import { ChainTags } from "./chain-tags.ts";
import { RatchetChannel } from "./channel.ts";
import { readFrameHead } from "./first-contact.ts";
import { TAG_BOOK_CHANNELS_MAX } from "./limits.ts";
import { makeTagBook } from "./tag-book.ts";
import type { TagBook } from "./types.ts";

const kit = { suite, random: testRandom("tag book"), instance: new Uint8Array(8) };

function idsOf(book: TagBook, frame: Uint8Array): readonly string[] {
  const head = readFrameHead(suite, frame);
  return head?.kind === "message" ? book.find(head.tag) : [];
}

function open(book: TagBook, end: End, frame: Uint8Array): void {
  end.open(frame);
  book.put(end.channel);
}

test("every frame that would open is found, whatever was lost, and so is one that was opened lately", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(5), { maxLength: 150 }), (draws) => {
      const [a, b] = twoEnds();
      const book = makeTagBook();
      book.put(b.channel);
      const lost: Uint8Array[] = [];
      for (const draw of draws) {
        const frame = a.seal("x");
        if (draw === 0) lost.push(frame);
        else {
          expect(idsOf(book, frame)).toEqual([b.channel.id]);
          open(book, b, frame);
          expect(idsOf(book, frame)).toEqual([b.channel.id]);
        }
        if (draw > 2) {
          a.open(b.seal("y"));
          book.put(b.channel);
        }
        for (const tag of b.channel.tags()) expect(book.find(tag)).toEqual([b.channel.id]);
      }
      for (const frame of lost) {
        expect(idsOf(book, frame)).toEqual([b.channel.id]);
        open(book, b, frame);
      }
      const tags = b.channel.tags();
      book.remove(b.channel.id);
      for (const tag of tags) expect(book.find(tag)).toEqual([]);
    }),
    { seed: 6, numRuns: 12 },
  );
});

test("a frame far ahead is found, and nothing is found of channels that are gone", () => {
  const [a, b] = twoEnds();
  const book = makeTagBook();
  book.put(b.channel);
  const frames = Array.from({ length: 230 }, () => a.seal("x"));
  const last = frames.at(-1) ?? new Uint8Array(0);
  expect(idsOf(book, last)).toEqual([b.channel.id]);
  open(book, b, last);
  expect(frames.every((frame) => idsOf(book, frame).length === 1)).toBe(true);
  book.remove(b.channel.id);
  book.remove(b.channel.id);
  expect(frames.every((frame) => idsOf(book, frame).length === 0)).toBe(true);
});

test("channels that expect the same tag are both found", () => {
  const [, b] = twoEnds();
  if (!(b.channel instanceof RatchetChannel)) throw new RangeError("a channel of this room");
  const { state } = b.channel;
  const twin = new RatchetChannel(kit, { ...state, id: new Uint8Array(16) });
  const book = makeTagBook();
  book.put(b.channel);
  book.put(twin);
  const [tag = 0] = b.channel.tags(1);
  expect([...book.find(tag)].sort()).toEqual([b.channel.id, twin.id].sort());
  book.remove(b.channel.id);
  expect(book.find(tag)).toEqual([twin.id]);
});

test("holds so many channels and no more", () => {
  const [, b] = twoEnds();
  if (!(b.channel instanceof RatchetChannel)) throw new RangeError("a channel of this room");
  const { state } = b.channel;
  const { receiving } = state;
  const channel = (id: string) => {
    const tags = new ChainTags(suite, suite.sha256(utf8(id)));
    const alone = { ...state, receiving: { ...receiving, tags }, before: undefined };
    return new RatchetChannel(kit, { ...alone, ended: undefined }, id);
  };
  const book = makeTagBook();
  for (let i = 0; i < TAG_BOOK_CHANNELS_MAX; i++) book.put(channel(String(i)));
  book.put(channel("0"));
  expect(() => book.put(channel("more"))).toThrow(AssertionError);
  book.remove("1");
  expect(() => book.put(channel("more"))).not.toThrow();
});
