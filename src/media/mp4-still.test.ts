import fc from "fast-check";
import { expect, test, vi } from "vitest";
import { concatBytes, utf8 } from "../base/bytes.ts";
import { box, makeBox } from "./mp4.ts";
import { mp4Still } from "./mp4-still.ts";
import { planLayers } from "./plan.ts";
import { testVideo } from "./video.fixture.ts";

function u32(...numbers: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(4 * numbers.length);
  for (const [at, number] of numbers.entries())
    new DataView(bytes.buffer).setUint32(4 * at, number);
  return bytes;
}

interface VideoOptions {
  /** Bytes of each sample; sample i is filled with i + 1. */
  readonly sizes: readonly number[];
  /** Numbers of samples that stand by themselves, from 1; undefined: all do. */
  readonly sync?: readonly number[];
  readonly perChunk: number;
  readonly wide?: boolean;
}

/** A video whose samples lie in chunks with gaps between them, its table of contents in front. */
function video({ sizes, sync, perChunk, wide = false }: VideoOptions): Uint8Array {
  const gap = new Uint8Array(7);
  const chunks: Uint8Array[] = [];
  for (let at = 0; at < sizes.length; at += perChunk) {
    const samples = sizes.slice(at, at + perChunk);
    chunks.push(
      concatBytes(gap, ...samples.map((size, i) => new Uint8Array(size).fill(at + i + 1))),
    );
  }
  const moovAt = (from: number): Uint8Array => {
    let at = from;
    const offsets = chunks.map((chunk) => {
      const offset = at + gap.length;
      at += chunk.length;
      return offset;
    });
    const places = wide ? offsets.flatMap((offset) => [0, offset]) : offsets;
    const tables = [
      makeBox("stsd", utf8("a codec")),
      ...(sync ? [makeBox("stss", u32(0, sync.length, ...sync))] : []),
      makeBox("stsz", u32(0, 0, sizes.length, ...sizes)),
      makeBox("stsc", u32(0, 1, 1, perChunk, 1)),
      makeBox(wide ? "co64" : "stco", u32(0, offsets.length, ...places)),
    ];
    const media = [
      makeBox("mdhd", u32(0, 0, 0, 1_000, 99_000, 0)),
      makeBox("hdlr", concatBytes(u32(0, 0), utf8("vide"), u32(0, 0, 0))),
      makeBox("minf", makeBox("stbl", ...tables)),
    ];
    const track = [makeBox("tkhd", u32(0, 0, 0, 1, 0, 99_000, 0, 0)), makeBox("mdia", ...media)];
    const sound = makeBox("trak", makeBox("mdia", makeBox("hdlr", utf8("........soun...."))));
    return makeBox("moov", makeBox("mvhd", new Uint8Array(100)), sound, makeBox("trak", ...track));
  };
  const ftyp = makeBox("ftyp", utf8("isom"));
  const moov = moovAt(ftyp.length + moovAt(0).length + 8);
  return concatBytes(ftyp, moov, makeBox("mdat", ...chunks));
}

function stillOf(bytes: Uint8Array, room: number): Uint8Array | undefined {
  const [moov, ftyp] = [box(bytes, "moov"), box(bytes, "ftyp")];
  const still = moov && ftyp && mp4Still(moov, ftyp, room);
  if (!still) return undefined;
  const made = still.build(bytes.subarray(still.at, still.at + still.sizeBytes));
  expect(made.length).toBe(still.fileBytes);
  expect(made.length).toBeLessThanOrEqual(room);
  return made;
}

/** The only sample, by what the file's own tables say of it. */
function sampleIn(file: Uint8Array | undefined): Uint8Array | undefined {
  const moov = file && box(file, "moov");
  const [moved] = moov ? [mp4Still(moov, new Uint8Array(0), Number.POSITIVE_INFINITY)] : [];
  return moved && file?.subarray(moved.at, moved.at + moved.sizeBytes);
}

test("the picture with most bytes that fits, of those that stand by themselves", () => {
  const sizes = [20, 900, 30, 300, 10, 250, 5];
  for (const wide of [false, true]) {
    for (const perChunk of [1, 2, 3, 10]) {
      const bytes = video({ sizes, sync: [1, 4, 6], perChunk, wide });
      const frame = (stillOf(bytes, 10_000)?.length ?? 0) - 300;
      expect(sampleIn(stillOf(bytes, 10_000))).toEqual(new Uint8Array(300).fill(4));
      expect(sampleIn(stillOf(bytes, frame + 300))).toEqual(new Uint8Array(300).fill(4));
      expect(sampleIn(stillOf(bytes, frame + 299))).toEqual(new Uint8Array(250).fill(6));
      expect(stillOf(bytes, frame + 19)).toBeUndefined();
      const all = video({ sizes, perChunk, wide });
      expect(sampleIn(stillOf(all, 10_000))).toEqual(new Uint8Array(900).fill(2));
    }
  }
});

test("an encoder's video keeps its codec, size and picture, and loses all the rest", () => {
  const bytes = testVideo();
  const still = stillOf(bytes, 100_000) ?? new Uint8Array(0);
  expect(still.length).toBeLessThan(bytes.length);
  expect(stillOf(still, 100_000)).toEqual(still);
  const samples = ["moov", "trak", "mdia", "minf", "stbl"];
  expect(box(still, ...samples, "stsd")).toEqual(box(bytes, ...samples, "stsd"));
});

test("a long video shows a picture of it, and a sharper one where there is room for both", () => {
  const levelsOf = (sizes: readonly number[], sync: readonly number[]): readonly number[] => {
    const { layers } = planLayers(video({ sizes, sync, perChunk: 20 }), "a.mp4", "gentle");
    return layers.map(({ level }) => level);
  };
  const long = Array.from({ length: 500 }, (_, at) => (at % 50 === 0 ? 400 + at / 50 : 250));
  const keys = Array.from({ length: 10 }, (_, at) => 50 * at + 1);
  expect(levelsOf(long, keys)).toEqual([1, 3]);
  expect(levelsOf([...long, 5_000], [...keys, 501])).toEqual([1, 2, 3]);
  expect(levelsOf(long.slice(0, 20), [1])).toEqual([3]);
});

test("boxes that are larger than the room are not even copied", () => {
  const bytes = video({ sizes: [20, 900, 30, 300], perChunk: 2 });
  const moov = box(bytes, "moov") ?? new Uint8Array(0);
  const copying = vi.spyOn(Uint8Array.prototype, "set");
  try {
    expect(mp4Still(moov, new Uint8Array(1 << 20), 10_000)).toBeUndefined();
    const copied = copying.mock.calls.reduce((sum, [{ length }]) => sum + length, 0);
    expect(copied).toBeLessThan(10_000);
  } finally {
    copying.mockRestore();
  }
});

test("whatever the tables say, it ends, and what it names is a place", () => {
  const bytes = video({ sizes: [20, 900, 30, 300], sync: [1, 2, 4], perChunk: 2 });
  const change = fc.tuple(fc.nat({ max: bytes.length - 1 }), fc.nat({ max: 255 }));
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 8 }), (changes) => {
      const broken = concatBytes(bytes);
      for (const [at, value] of changes) broken[at] = value;
      const [moov, ftyp] = [box(broken, "moov"), box(broken, "ftyp")];
      const still = moov && ftyp && mp4Still(moov, ftyp, 10_000);
      if (still) expect(still.sizeBytes).toBeLessThanOrEqual(10_000);
      planLayers(broken, "a.mp4", "rich");
    }),
    { numRuns: 500 },
  );
});
