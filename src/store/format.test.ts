import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createNodeSuite } from "../adapters/node/crypto.ts";
import { concatBytes, fromHex, toHex, utf8 } from "../base/bytes.ts";
import type { CryptoSuite } from "../crypto/index.ts";
import { peerIdToBytes } from "../identity/index.ts";
import { encodeCbor, WireError } from "../wire/index.ts";
import { StoreError } from "./errors.ts";
import { healthOf, survivableFailures } from "./health.ts";
import { LeafRows } from "./leaf-rows.ts";
import { SEALED_META_BYTES_MAX } from "./limits.ts";
import {
  formatCid,
  formatObjectLink,
  locateIdOf,
  parseCid,
  parseObjectLink,
  rootOf,
} from "./link.ts";
import { hashAt, LeafHashes, leafHash, RunningRoots, treeRoot } from "./merkle.ts";
import { idealHolders, likelyHolders } from "./placement.ts";
import {
  decodeFragment,
  decodeLeaves,
  decodeObject,
  encodeFragment,
  encodeObject,
} from "./records.ts";
import { fitName, type SealedMeta, StripeCipher } from "./stripe-cipher.ts";

const suite = createNodeSuite();
const key = (seed: string): Uint8Array => suite.sha256(utf8(seed));
const peerId = (seed: number): string => `fd${toHex(key(`peer ${seed}`)).slice(0, 30)}`;

describe("links", () => {
  const link = { readKey: key("read"), root: key("root") };

  test("come back as they were, in any case and with space around", () => {
    const text = formatObjectLink(link);
    expect(text).toMatch(/^peernet:object\/[a-z2-7]{104}$/);
    expect(parseObjectLink(text)).toEqual(link);
    expect(parseObjectLink(` ${text}\n`)).toEqual(link);
    expect(rootOf(text)).toBe(toHex(link.root));
    expect(rootOf(toHex(link.root))).toBe(toHex(link.root));
  });

  test("that are none are refused with one error", () => {
    const text = formatObjectLink(link);
    for (const bad of ["", "peernet:object/", text.slice(0, -1), `${text}a`, text.slice(8), "zz"]) {
      expect(() => parseObjectLink(bad)).toThrow(StoreError);
    }
    const other = `peernet:object/ai${text.slice(17)}`;
    expect(() => parseObjectLink(other)).toThrow(/format 2/);
    fc.assert(
      fc.property(fc.string(), (noise) => {
        expect(() => parseObjectLink(`peernet:object/${noise}`)).toThrow(StoreError);
      }),
      { seed: 1 },
    );
  });

  test("have a root that can be written as a content id, version 1", () => {
    // The content id of the bytes "hello world" as raw block, as every IPFS implementation prints it.
    const hello = suite.sha256(utf8("hello world"));
    const cid = "bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e";
    expect(formatCid(hello)).toBe(cid);
    expect(parseCid(cid)).toEqual(hello);
    expect(rootOf(cid)).toBe(toHex(hello));
    for (const bad of [
      "",
      cid.slice(1),
      `${cid}a`,
      `b${"a".repeat(58)}`,
      cid.replace("bafkr", "bafyb"),
    ]) {
      expect(parseCid(bad)).toBeUndefined();
    }
  });

  test("lead one way to the locate id", () => {
    expect(locateIdOf(suite, link.root)).toMatch(/^[0-9a-f]{32}$/);
    expect(locateIdOf(suite, link.root)).not.toBe(locateIdOf(suite, link.readKey));
  });
});

describe("the Merkle tree", () => {
  // Test vectors of RFC 9162's tree, as published with certificate transparency (RFC 6962).
  const entries = [
    "",
    "00",
    "10",
    "2021",
    "3031",
    "40414243",
    "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
  ];
  const roots = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
  ];

  test.each(roots.map((root, i) => [i + 1, root]))(
    "of %i leaves is the published one",
    (count, root) => {
      const leaves = new LeafRows(1);
      // Three trees that grow together, the one in the middle with other leaves.
      const running = new RunningRoots(suite, 3);
      for (const entry of entries.slice(0, Number(count))) {
        const leaf = leafHash(suite, fromHex(entry) ?? new Uint8Array(0));
        leaves.push(leaf);
        running.push(concatBytes(leaf, leafHash(suite, leaf), leaf));
      }
      const list = new Uint8Array(leaves.listBytes);
      leaves.write(0, list);
      expect(toHex(treeRoot(suite, list))).toBe(root);
      const roots = [0, 1, 2].map((tree) => toHex(hashAt(running.roots(), tree)));
      expect([roots[0], roots[2]]).toEqual([root, root]);
      expect(roots[1]).not.toBe(root);
    },
  );

  test("leaf hashes are made eight at a time, by whatever suite", () => {
    const inputs = Array.from({ length: 20 }, (_, i) => utf8(`\0shard ${i}`));
    const counting = { sizes: [] as number[] };
    const plain = { sha256: suite.sha256.bind(suite) } as CryptoSuite;
    const watched: CryptoSuite = {
      ...plain,
      sha256Each: (texts, into) => {
        counting.sizes.push(texts.length);
        suite.sha256Each?.(texts, into);
      },
    };
    const [one, many] = [plain, watched].map((by) => new LeafHashes(by, inputs));
    expect(many?.at(9)).toEqual(leafHash(suite, utf8("shard 9")));
    expect(counting.sizes).toEqual([8]);
    expect(many?.all()).toEqual(one?.all());
    expect(many?.at(19)).toEqual(leafHash(suite, utf8("shard 19")));
    expect(counting.sizes).toEqual([8, 8, 4]);
  });
});

describe("sealing", () => {
  const cipher = new StripeCipher(suite, key("read"), 2);
  const plain = utf8("a stripe");
  const place = { layer: 0, isLast: false };
  const layers = [{ k: 3, sizeBytes: 5 }];
  const meta: SealedMeta = {
    name: "letter.txt",
    mediaType: "text/plain",
    roles: ["body"],
    transform: "none",
    fileBytes: 5,
  };

  test("binds a stripe to its place, its layer, its end and its key", () => {
    const sealed = cipher.sealStripe(3, place, plain);
    expect(cipher.openStripe(3, place, sealed)).toEqual(plain);
    expect(cipher.openStripe(2, place, sealed)).toBeUndefined();
    expect(cipher.openStripe(3, { ...place, isLast: true }, sealed)).toBeUndefined();
    expect(cipher.openStripe(3, { ...place, layer: 1 }, sealed)).toBeUndefined();
    const other = new StripeCipher(suite, key("other"), 2);
    expect(other.openStripe(3, place, sealed)).toBeUndefined();
    const older = new StripeCipher(suite, key("read"), 1);
    expect(older.openStripe(3, place, sealed)).toBeUndefined();
    expect(older.openStripe(3, place, older.sealStripe(3, place, plain))).toEqual(plain);
  });

  test("hides the meta and most of its length", () => {
    const sealedMeta = cipher.sealMeta(meta);
    const manifestOf = (sealed: Uint8Array) => ({ sealedMeta: sealed, layers });
    expect(cipher.openMeta({ sealedMeta, layers })).toEqual(meta);
    expect(cipher.sealMeta({ ...meta, name: "x" }).length).toBe(sealedMeta.length);
    const other = new StripeCipher(suite, key("other"), 2);
    expect(other.openMeta({ sealedMeta, layers })).toBeUndefined();
    expect(cipher.openMeta(manifestOf(new Uint8Array(3)))).toBeUndefined();
    expect(cipher.openMeta(manifestOf(cipher.sealStripe(0, place, plain)))).toBeUndefined();
    const long = { ...meta, name: "ü".repeat(127), mediaType: "a".repeat(127) };
    expect(cipher.openMeta(manifestOf(cipher.sealMeta(long)))).toEqual(long);
    expect(cipher.sealMeta(long).length).toBeLessThanOrEqual(SEALED_META_BYTES_MAX);
    expect(() => cipher.sealMeta({ ...meta, name: "ü".repeat(128) })).toThrow(StoreError);
  });

  test("a meta that does not fit the layers is none", () => {
    const open = (change: Partial<SealedMeta>) =>
      cipher.openMeta({ sealedMeta: cipher.sealMeta({ ...meta, ...change }), layers });
    expect(open({ roles: [] })).toBeUndefined();
    expect(open({ fileBytes: 4 })).toBeUndefined();
    expect(open({ fileBytes: 4, transform: "jpeg-rescan" })?.fileBytes).toBe(4);
    expect(open({ roles: ["preview"], fileBytes: 0 })?.roles).toEqual(["preview"]);
  });

  test("names are made fit without tearing a letter", () => {
    expect(fitName("")).toBe("unnamed");
    expect(fitName("ü".repeat(127))).toBe("ü".repeat(127));
    expect(fitName("ü".repeat(200))).toBe("ü".repeat(127));
    expect(fitName("😀".repeat(100))).toBe("😀".repeat(63));
  });
});

describe("placement", () => {
  const root = key("object");

  test.each([1, 2, 3, 7, 16, 39, 40, 41, 65])("gives each of %i peers its even share", (count) => {
    const peers = Array.from({ length: count }, (_, i) => peerId(i));
    const holders = idealHolders(suite, root, peers, 40);
    expect(holders).toHaveLength(40);
    const loads = peers.map((peer) => holders.filter((holder) => holder === peer).length);
    expect(Math.min(...loads)).toBe(Math.floor(40 / count));
    expect(Math.max(...loads)).toBe(Math.ceil(40 / count));
    expect(idealHolders(suite, root, [...peers].reverse(), 40)).toEqual(holders);
  });

  test("counts what lies elsewhere as load, so that nobody gets more than an even share", () => {
    const peers = Array.from({ length: 4 }, (_, i) => peerId(i));
    fc.assert(
      fc.property(
        fc.array(fc.option(fc.integer({ min: 0, max: 5 }), { nil: undefined }), {
          minLength: 40,
          maxLength: 40,
        }),
        (places) => {
          const placed = places.map((place) => (place === undefined ? place : peerId(place)));
          const holders = idealHolders(suite, root, peers, 40, placed);
          for (const [i, holder] of placed.entries()) {
            if (holder === undefined) expect(peers).toContain(holders[i]);
            else expect(holders[i]).toBe(holder);
          }
          for (const peer of peers) {
            const before = placed.filter((holder) => holder === peer).length;
            const after = holders.filter((holder) => holder === peer).length;
            expect(after).toBeLessThanOrEqual(Math.max(before, 10));
          }
        },
      ),
      { seed: 1 },
    );
  });

  test("differs by object, so that no peer is everybody's first", () => {
    const peers = Array.from({ length: 8 }, (_, i) => peerId(i));
    const firsts = Array.from(
      { length: 64 },
      (_, i) => likelyHolders(suite, key(`${i}`), peers, 40)[0],
    );
    expect(new Set(firsts).size).toBe(8);
  });

  test("one more peer moves only about its share", () => {
    const peers = Array.from({ length: 16 }, (_, i) => peerId(i));
    const before = idealHolders(suite, root, peers.slice(0, 15), 40);
    const after = idealHolders(suite, root, peers, 40);
    const moved = before.filter((holder, i) => holder !== after[i]).length;
    expect(moved).toBeLessThanOrEqual(12);
  });
});

describe("health", () => {
  test("counts how many peers may disappear, the largest first", () => {
    expect(survivableFailures([40], 40, 20)).toBe(0);
    expect(survivableFailures([20, 20], 40, 20)).toBe(1);
    expect(survivableFailures([10, 10, 10, 10], 40, 20)).toBe(2);
    expect(survivableFailures([10, 10, 10, 10, 0], 40, 21)).toBe(1);
  });

  test("says it in words", () => {
    const layers = [
      { k: 3, sizeBytes: 1, role: "preview" as const },
      { k: 20, sizeBytes: 2, role: "body" as const },
    ];
    const base = { layers, n: 40, here: 0, waiting: 0, isAsked: true };
    const say = (alive: number, loads: number[]): string =>
      healthOf({ ...base, alive, loads }).summary;
    expect(say(19, [19])).toContain("Not readable now: 19 of the 20");
    expect(say(19, [19])).toContain("1 of its 2 layers can be read");
    expect(say(2, [2])).not.toContain("layers can be read");
    expect(say(40, [10, 10, 10, 10])).toContain("any 2 of 4 peers may disappear");
    expect(say(40, [30, 10])).toContain("but not the largest of 2 peers");
    expect(healthOf({ ...base, layers: [], alive: 0, loads: [] }).summary).toContain("No peer");
  });
});

describe("records on disk", () => {
  const object = {
    root: toHex(key("root")),
    readKey: key("read"),
    name: "thing",
    sizeBytes: 12,
    mediaType: "text/plain",
    createdAtMs: 1_704_067_200_000,
    layers: [
      { k: 1, sizeBytes: 4, role: "preview" as const },
      { k: 2, sizeBytes: 12, role: "body" as const },
    ],
    n: 3,
    nMax: 5,
    holders: [undefined, peerId(1), peerId(2)],
    spreadOver: 3,
  };

  test("come back as they were", () => {
    expect(decodeObject(object.root, encodeObject(object))).toEqual(object);
    const caretaken = { ...object, readKey: undefined, name: "" };
    expect(decodeObject(object.root, encodeObject(caretaken))).toEqual(caretaken);
    const lent = { ...caretaken, lentUntilMs: 1_704_067_200_001 };
    expect(decodeObject(object.root, encodeObject(lent))).toEqual(lent);
    for (const from of [undefined, peerId(7)]) {
      const entry = { at: "ab", stripes: 3, bytes: 99, from };
      expect(decodeFragment(encodeFragment(entry))).toEqual(entry);
    }
  });

  test("of the first format are read as one layer without reserve", () => {
    const { root, layers: _, nMax: __, mediaType: ___, ...rest } = object;
    const ids = rest.holders.map((id) =>
      id === undefined ? new Uint8Array(0) : peerIdToBytes(id),
    );
    const value = { v: 1, r: rest.readKey, m: "thing", s: 12, t: rest.createdAtMs, k: 2, n: 3 };
    const old = encodeCbor({ ...value, h: ids, o: 3 });
    const layers = [{ k: 2, sizeBytes: 12, role: "body" }];
    expect(decodeObject(root, old)).toEqual({ ...rest, root, mediaType: "", layers, nMax: 3 });
  });

  test("that are damaged are refused with WireError only", () => {
    const records = [
      encodeObject(object),
      encodeFragment({ at: "ab", stripes: 1, bytes: 1, from: undefined }),
    ];
    for (const record of records) {
      for (let at = 0; at < record.length; at++) {
        const changed = record.slice();
        changed[at] = (changed[at] ?? 0) ^ 0x91;
        for (const decode of [
          () => decodeObject(object.root, changed),
          () => decodeFragment(changed),
        ]) {
          try {
            decode();
          } catch (error) {
            expect(error).toBeInstanceOf(WireError);
          }
        }
      }
    }
    expect(decodeLeaves(new Uint8Array(33))).toBeUndefined();
    expect(decodeLeaves(concatBytes(Uint8Array.of(1), key("leaf"), key("more")))).toHaveLength(64);
    expect(
      decodeLeaves(concatBytes(Uint8Array.of(1), key("leaf"), Uint8Array.of(0))),
    ).toBeUndefined();
  });
});
