import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { makeStoreNet } from "../../test/support/store-net.ts";
import { equalBytes } from "../base/bytes.ts";
import { must } from "../base/errors.ts";
import { get, pattern, put, repair, STRIPE, tryPut } from "./jobs.fixture.ts";
import type { PutLayer } from "./layer-cursor.ts";
import { LAYERS_MAX } from "./limits.ts";
import { rootOf } from "./link.ts";
import type { TestNet, TestPeer } from "./net.fixture.ts";

const SMALL = { stripeBytes: STRIPE };

const PREVIEW = 700;
const COARSE = 2 * STRIPE + 5;
const LAYERS: readonly PutLayer[] = [
  { k: 3, role: "preview", sizeBytes: PREVIEW },
  { k: 10, role: "body", sizeBytes: COARSE },
  { k: 20, role: "body", sizeBytes: undefined },
];

/** One object in three layers over 40 peers, each with one fragment. */
function spread(): { net: TestNet; peers: TestPeer[]; data: Uint8Array; link: string } {
  const net = makeStoreNet();
  const peers = net.addMany(40, SMALL);
  const data = pattern(PREVIEW + 5 * STRIPE + 11);
  const link = put(net, must(peers[0], "there are 40"), data, { more: { layers: LAYERS } });
  net.settle();
  expect(peers.map((peer) => peer.fragments(rootOf(link)))).toEqual(peers.map(() => 1));
  return { net, peers, data, link };
}

describe("layers", () => {
  test("any 3 of 40 show the first, any 10 two, any 20 all, and fewer say so", () => {
    const { net, peers, data, link } = spread();
    const reader = must(peers[39], "there are 40");
    const preview = (): { bytes: Uint8Array; layers: readonly number[] } => {
      const got = get(net, reader, link, 60_000, { preview: true });
      expect(got.error).toBeUndefined();
      return got;
    };
    expect(preview()).toMatchObject({ bytes: data, layers: [0, 1, 2] });
    expect(get(net, reader, link).bytes).toEqual(data.subarray(PREVIEW));
    for (const peer of peers.slice(0, 20)) net.kill(peer);
    expect(get(net, reader, link).bytes).toEqual(data.subarray(PREVIEW));
    net.kill(must(peers[20], "there are 40"));
    expect(get(net, reader, link).error).toMatchObject({ counts: { found: 19, needed: 20 } });
    expect(preview()).toMatchObject({ layers: [0, 1], bytes: data.subarray(0, PREVIEW + COARSE) });
    for (const peer of peers.slice(21, 30)) net.kill(peer);
    expect(preview().layers).toEqual([0, 1]);
    for (const peer of peers.slice(30, 37)) net.kill(peer);
    expect(preview()).toMatchObject({ layers: [0], bytes: data.subarray(0, PREVIEW) });
    net.kill(must(peers[37], "there are 40"));
    const got = get(net, reader, link, 60_000, { preview: true });
    expect(got.error).toMatchObject({ counts: { found: 2, needed: 3 } });
  });

  test("a preview of at most one layer fetches nothing else", () => {
    const { net, peers, data, link } = spread();
    const reader = must(peers[7], "there are 40");
    const got = get(net, reader, link, 60_000, { preview: true, layersMax: 1 });
    expect(got.layers).toEqual([0]);
    expect(got.bytes).toEqual(data.subarray(0, PREVIEW));
    expect(got.meta?.layers.map(({ role }) => role)).toEqual(["preview", "body", "body"]);
  });

  test("what would be left of them is decoded from those fragments alone", () => {
    const { net, peers, data, link } = spread();
    const reader = must(peers[7], "there are 40");
    const left = (count: number): { layers: readonly number[]; bytes: Uint8Array } => {
      const only = new Set(Array.from({ length: count }, (_, i) => 39 - i));
      return get(net, reader, link, 60_000, { preview: true, only });
    };
    expect(left(2).layers).toEqual([]);
    expect(left(3).layers).toEqual([0]);
    expect(left(19).layers).toEqual([0, 1]);
    expect(left(20)).toMatchObject({ layers: [0, 1, 2], bytes: data });
  });

  test("are healed like everything else, without the read key", () => {
    const { net, peers, data, link } = spread();
    for (const peer of peers.slice(0, 15)) net.kill(peer);
    const healer = must(peers[20], "there are 40");
    expect(repair(net, healer, rootOf(link)).created).toHaveLength(15);
    for (const peer of peers.slice(21, 35)) net.kill(peer);
    expect(get(net, must(peers[39], "there are 40"), link).bytes).toEqual(data.subarray(PREVIEW));
  });

  test("come back whatever their lengths and however they are written", () => {
    const net = makeStoreNet();
    const peer = net.add(SMALL);
    const size = fc.integer({ min: 1, max: 3 * STRIPE });
    const piece = fc.integer({ min: 1, max: 2 * STRIPE });
    const roles = fc.array(fc.constantFrom<"preview" | "body">("preview", "body"), {
      minLength: 4,
    });
    const sizes = fc.array(size, { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(sizes, roles, piece, fc.boolean(), (lengths, parts, each, isOpen) => {
        const layers = lengths.map((sizeBytes, i) => {
          const isRest = isOpen && i === lengths.length - 1;
          return { k: i + 1, role: parts[i] ?? "body", sizeBytes: isRest ? undefined : sizeBytes };
        });
        const total = lengths.reduce((sum, length) => sum + length, 0);
        const data = pattern(total);
        const link = put(net, peer, data, { k: 4, n: 5, piece: each, more: { layers } });
        const all = get(net, peer, link, 60_000, { preview: true });
        expect(equalBytes(all.bytes, data)).toBe(true);
        let at = 0;
        const body = lengths.flatMap((length, i) => {
          at += length;
          return parts[i] === "body" ? [...data.subarray(at - length, at)] : [];
        });
        expect(equalBytes(get(net, peer, link).bytes, Uint8Array.from(body))).toBe(true);
      }),
      { seed: 3, numRuns: 40 },
    );
  });

  test("that are no row from coarse to fine are refused; too many or too few bytes are told", () => {
    const net = makeStoreNet();
    const peer = net.add(SMALL);
    const one = { k: 1, role: "body", sizeBytes: 1 } as const;
    const begin = (layers: readonly PutLayer[]) => () =>
      tryPut(net, peer, pattern(1), { more: { layers } });
    const bad = expect.objectContaining({ code: "bad-layers" });
    expect(begin([])).toThrow(bad);
    expect(begin([{ ...one, k: 2 }, one])).toThrow(bad);
    expect(begin([{ ...one, k: 41 }])).toThrow(bad);
    expect(begin([{ ...one, sizeBytes: 0 }])).toThrow(bad);
    expect(begin([{ ...one, sizeBytes: undefined }, one])).toThrow(bad);
    expect(begin(new Array(LAYERS_MAX + 1).fill(one))).toThrow(bad);
    const row = new Array<PutLayer>(LAYERS_MAX).fill(one);
    expect(tryPut(net, peer, pattern(LAYERS_MAX), { more: { layers: row } }).error).toBeUndefined();
    for (const bytes of [LAYERS_MAX - 1, LAYERS_MAX + 1]) {
      const { error } = tryPut(net, peer, pattern(bytes), { more: { layers: row } });
      expect(error?.code).toBe("bad-layers");
    }
    net.settle();
    expect(peer.store.list()).toHaveLength(1);
  });

  test("with nothing left for the last one, the object ends before it", () => {
    const net = makeStoreNet();
    const peer = net.add(SMALL);
    const link = put(net, peer, pattern(PREVIEW), {
      more: { layers: [LAYERS[0], LAYERS[2]].map((layer) => must(layer, "there are three")) },
    });
    const got = get(net, peer, link, 60_000, { preview: true });
    expect(got.meta?.layers).toHaveLength(1);
    expect(get(net, peer, link).bytes).toHaveLength(0);
  });
});

describe("ranges", () => {
  test("give exactly those bytes, from their stripes alone", () => {
    const { net, peers, data, link } = spread();
    const file = data.subarray(PREVIEW);
    const reader = must(peers[11], "there are 40");
    const edges = [
      0,
      1,
      STRIPE - 1,
      STRIPE,
      COARSE - 1,
      COARSE,
      COARSE + 1,
      file.length - 1,
      file.length,
    ];
    for (const from of edges) {
      for (const to of [from, from + 1, from + STRIPE, file.length, file.length + 9]) {
        const got = get(net, reader, link, 60_000, { range: { from, to } });
        expect(got.error).toBeUndefined();
        expect(got.bytes).toEqual(file.subarray(from, to));
      }
    }
    const stripes = reader.progress.filter(({ kind }) => kind === "get").length;
    get(net, reader, link, 60_000, { range: { from: COARSE + 5, to: COARSE + 6 } });
    expect(reader.progress.filter(({ kind }) => kind === "get").length - stripes).toBe(1);
    const beyond = get(net, reader, link, 60_000, {
      range: { from: file.length + 1, to: file.length + 2 },
    });
    expect(beyond.error?.code).toBe("bad-range");
  });
});
