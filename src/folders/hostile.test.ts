import { describe, expect, test } from "vitest";
import { Hamlet, type Hamleteer, suite } from "../../test/support/hamlet.ts";
import { utf8 } from "../base/bytes.ts";
import { must } from "../base/errors.ts";
import { frameOf } from "../feed/index.ts";
import type { TreeEntry } from "../ports/index.ts";
import { encodeCbor, WireError, Writer } from "../wire/index.ts";
import { Attacker } from "./attacker.fixture.ts";
import { writeKeys } from "./capability.ts";
import { FRAME_BYTES_MAX, LOGS_MAX, WANTS_MAX } from "./limits.ts";
import { decodeBody, type Operation } from "./operation.ts";
import { grantLog, logIdOf } from "./writer-log.ts";

function names(peer: Hamleteer, id: string, path = ""): readonly string[] {
  let entries: readonly TreeEntry[] = [];
  peer.live.tree(id).list(path, (error, found) => {
    if (error !== null) throw error;
    entries = found ?? [];
  });
  return entries.map(({ name }) => name);
}

function scene(mayWrite = true) {
  const hamlet = new Hamlet(9);
  const anna = hamlet.add("anna");
  const id = hamlet.create(anna, "plans");
  hamlet.write(anna, id, "kept", "kept");
  hamlet.settle();
  const { read, write } = anna.live.links(id);
  const mallory = hamlet.add("mallory");
  hamlet.settle();
  const attacker = new Attacker(hamlet, mallory, mayWrite ? (write ?? "") : read);
  attacker.open(anna);
  return { hamlet, anna, id, attacker, mallory };
}

const file = { modifiedAtMs: 1, mediaType: "", parts: [] };
const put = (path: string): Operation => {
  return { kind: "put", path, replaces: [], file, inline: utf8("x") };
};

describe("who may write", () => {
  test("an honest writer is heard: the attacker's tools work", () => {
    const { anna, id, attacker } = scene();
    attacker.offer(attacker.does(put("new")), attacker.does(put("newer")));
    expect(names(anna, id)).toEqual(["kept", "new", "newer"]);
    expect(attacker.isClosed).toBe(false);
  });

  test("without the write key nobody is let in", () => {
    const { hamlet, anna, id, attacker } = scene(false);
    attacker.offer(attacker.does(put("new")));
    expect(attacker.isClosed).toBe(true);
    hamlet.settle();
    expect(names(anna, id)).toEqual(["kept"]);
    expect(anna.live.info(id).writers).toBe(1);
  });

  test("without the read key a stream says nothing about the folder, and ends", () => {
    const { hamlet, anna, id } = scene();
    const eve = hamlet.add("eve");
    const wrong = writeKeys(suite, new Uint8Array(32).fill(3));
    const attacker = new Attacker(hamlet, eve, anna.live.links(id).read);
    Object.assign(attacker, { keys: { ...attacker.keys, keepKey: wrong.keepKey } });
    attacker.open(anna);
    attacker.send({ t: "want", folder: 0, log: "0".repeat(32), from: 1, count: 1 });
    hamlet.settle();
    expect(attacker.heard.map(({ t }) => t)).toEqual(["hello", "know"]);
    hamlet.settle(3);
    expect(attacker.isClosed).toBe(true);
  });

  test("a grant for one folder is none for another", () => {
    const { anna, id, attacker, hamlet } = scene(false);
    const other = writeKeys(suite, new Uint8Array(32).fill(9));
    const author = attacker.peer.identity.signKey.publicKey;
    const key = must(other.write, "made with its seed").signKey;
    Object.assign(attacker.log, grantLog(other, key, author, attacker.log.nonce));
    attacker.offer(attacker.does(put("new")));
    hamlet.settle();
    expect([attacker.isClosed, names(anna, id)]).toEqual([true, ["kept"]]);
  });
});

describe("entries that are not what they should be", () => {
  const altered = (bytes: Uint8Array, at: number): Uint8Array => {
    const copy = bytes.slice();
    copy[at] = (copy[at] ?? 0) ^ 1;
    return copy;
  };

  test("forged, replayed, out of order or unreadable: none is taken, what is there stays", () => {
    const bad: ((attacker: Attacker) => Uint8Array)[] = [
      (a) => altered(a.does(put("x")), a.does(put("x")).length - 1),
      (a) => a.entry(utf8("no operations")),
      (a) => a.entry(new Uint8Array(0)),
      (a) => {
        a.does(put("first, never sent"));
        return a.does(put("x"));
      },
      (a) => a.entry(new Uint8Array(40), { previous: new Uint8Array(32).fill(9) }),
      (a) => a.entry(new Uint8Array(40), { body: utf8("not sealed") }),
    ];
    for (const make of bad) {
      const { hamlet, anna, id, attacker } = scene();
      attacker.offer(make(attacker));
      expect(names(anna, id)).toEqual(["kept"]);
      hamlet.restart(anna);
      hamlet.settle();
      expect(names(anna, id)).toEqual(["kept"]);
    }
  });

  test("an entry of another folder does not open in this one", () => {
    const { hamlet, anna, id, attacker, mallory } = scene();
    const second = hamlet.create(anna, "other");
    const elsewhere = new Attacker(hamlet, mallory, anna.live.links(second).write ?? "");
    attacker.offer(elsewhere.does(put("new")));
    expect(names(anna, id)).toEqual(["kept"]);
    expect(attacker.isClosed).toBe(true);
    expect(logIdOf(suite, elsewhere.keys, elsewhere.log)).not.toBe(attacker.log.id);
  });

  test("two histories of one log: the first stays, the log is taken no further, for good", () => {
    const { hamlet, anna, id, attacker, mallory } = scene();
    attacker.offer(attacker.does(put("one")));
    const liar = new Attacker(hamlet, mallory, anna.live.links(id).write ?? "");
    liar.does(put("another one"));
    liar.open(anna);
    const { author, nonce, signature } = liar.log;
    liar.send({ t: "heads", folder: 0, heads: [{ author, nonce, signature, seq: 2 }] });
    hamlet.settle();
    expect(liar.heard.at(-1)).toMatchObject({ t: "want", from: 2 });
    liar.send({ t: "entry", folder: 0, bytes: liar.does(put("two")) });
    liar.send({ t: "done", folder: 0, log: liar.log.id });
    hamlet.settle();
    expect(names(anna, id)).toEqual(["kept", "one"]);
    hamlet.restart(anna);
    hamlet.settle();
    const again = new Attacker(hamlet, mallory, anna.live.links(id).write ?? "");
    again.open(anna);
    again.send({ t: "heads", folder: 0, heads: [{ author, nonce, signature, seq: 9 }] });
    hamlet.settle();
    expect(again.heard.map(({ t }) => t)).not.toContain("want");
  });

  test("an entry that builds on what does not exist waits and harms nobody else", () => {
    const { hamlet, anna, id, attacker } = scene();
    const ghost = { log: "ab".repeat(16), seq: 3, index: 0 };
    attacker.offer(attacker.does({ kind: "remove", path: "kept", replaces: [ghost] }));
    expect(names(anna, id)).toEqual(["kept"]);
    hamlet.write(anna, id, "more", "x");
    hamlet.settle();
    expect(names(anna, id)).toEqual(["kept", "more"]);
    const own = { log: attacker.log.id, seq: 9, index: 0 };
    const future = new Attacker(hamlet, attacker.peer, anna.live.links(id).write ?? "", 2);
    future.open(anna);
    const itself = { ...own, log: future.log.id };
    future.offer(
      future.does({ kind: "put", path: "f", replaces: [itself], file, inline: utf8("x") }),
    );
    expect(names(anna, id)).toEqual(["kept", "more"]);
  });
});

describe("names that lead elsewhere", () => {
  const bodyWith = (path: string | Uint8Array): Uint8Array => {
    const text = typeof path === "string" ? utf8(path) : path;
    const head = new Writer().u8(1).u48(5).u48(1).u8(0).u16(1);
    return head.u8(2).varint(text.length).bytes(text).u8(0).done();
  };

  test.each([
    ["..", "../x"],
    ["up in the middle", "a/../../x"],
    ["the root", "/etc/passwd"],
    ["an empty name", "a//b"],
    ["NUL", "a\0b"],
    ["a line feed", "a\nb"],
    ["form NFD", "nai\u0308ve"],
    ["a name too long", "x".repeat(256)],
    ["a path too long", Array.from({ length: 17 }, () => "y".repeat(255)).join("/")],
    ["too deep", Array.from({ length: 65 }, () => "d").join("/")],
    ["no UTF-8", Uint8Array.of(0xff, 0xfe)],
  ])("%s is refused", (_, path) => {
    expect(() => decodeBody(bodyWith(path), "0".repeat(32), 1)).toThrow(WireError);
    const { anna, id, attacker } = scene();
    attacker.offer(attacker.entry(bodyWith(path)));
    expect(names(anna, id)).toEqual(["kept"]);
  });

  test("names that differ in case only are both there", () => {
    const { anna, id, attacker } = scene();
    attacker.offer(attacker.does(put("KEPT"), put("Kept")));
    expect(names(anna, id)).toEqual(["KEPT", "Kept", "kept"]);
    expect(anna.live.conflicts(id)).toEqual([]);
  });

  test("an alias that is taken by a real file gets another name; both can be read", () => {
    const { anna, id, attacker, hamlet } = scene();
    attacker.offer(attacker.does(put("kept")));
    const alias = must(
      names(anna, id).find((name) => name !== "kept"),
      "two versions are shown",
    );
    hamlet.write(anna, id, "other", "x");
    hamlet.settle();
    // What was an alias becomes a file of its own as soon as it is written.
    hamlet.write(anna, id, alias, "mine");
    hamlet.settle();
    expect(names(anna, id)).toEqual([alias, "kept", "other"].sort());
    expect(anna.live.conflicts(id)).toEqual([]);
  });
});

describe("streams that do not keep to the protocol", () => {
  const cases: [string, (attacker: Attacker) => void][] = [
    ["a frame too long", (a) => a.raw(new Writer().u32(FRAME_BYTES_MAX + 1).done())],
    ["an empty frame", (a) => a.raw(new Uint8Array(4))],
    ["no CBOR", (a) => a.raw(frameOf(Uint8Array.of(0xff, 0x00)))],
    ["an unknown frame", (a) => a.raw(frameOf(encodeCbor({ t: "gift" })))],
    ["a second hello", (a) => a.send({ t: "hello", nonce: new Uint8Array(16) })],
    [
      "an entry nobody asked for",
      (a) => a.send({ t: "entry", folder: 0, bytes: a.does(put("x")) }),
    ],
    ["an answer to no question", (a) => a.send({ t: "done", folder: 0, log: a.log.id })],
    [
      "too many folders",
      (a) => {
        const tags = Array.from({ length: 64 }, (_, i) => new Uint8Array(16).fill(i));
        for (let i = 0; i < 4; i++) a.send({ t: "know", tags });
      },
    ],
  ];

  test.each(cases)("%s ends the stream and nothing else", (what, act) => {
    const { hamlet, anna, id, attacker } = scene();
    act(attacker);
    hamlet.settle();
    expect([what, attacker.isClosed]).toEqual([what, true]);
    expect(names(anna, id)).toEqual(["kept"]);
  });

  test.each([
    [WANTS_MAX, false],
    [WANTS_MAX + 1, true],
  ])("%d questions that wait at once: the stream ends is %s", (count, ends) => {
    const { hamlet, attacker } = scene();
    const heads = attacker.heard.find(({ t }) => t === "heads");
    const head = must(heads?.t === "heads" ? heads.heads[0] : undefined, "anna has written");
    const log = logIdOf(suite, attacker.keys, head);
    for (let i = 0; i < count; i++) {
      attacker.send({ t: "want", folder: 0, log, from: 1, count: 1 });
    }
    // The disk stands still meanwhile.
    while (hamlet.net.busy) hamlet.net.step();
    expect(attacker.isClosed).toBe(ends);
    hamlet.settle();
    const answers = attacker.heard.filter(({ t }) => t === "entry").length;
    expect(answers).toBe(ends ? 0 : count);
  });

  test("who claims more than it has is asked once", () => {
    const { hamlet, attacker } = scene();
    const { author, nonce, signature } = attacker.log;
    attacker.send({ t: "heads", folder: 0, heads: [{ author, nonce, signature, seq: 1_000_000 }] });
    hamlet.settle();
    attacker.send({ t: "done", folder: 0, log: attacker.log.id });
    hamlet.settle();
    expect(attacker.heard.filter(({ t }) => t === "want").length).toBe(1);
  });

  test(`${LOGS_MAX} logs are known, one more is not`, () => {
    const { hamlet, anna, id, attacker } = scene();
    const { keys } = attacker;
    const key = must(keys.write, "the attacker may write").signKey;
    const heads = Array.from({ length: LOGS_MAX + 10 }, (_, i) => {
      const nonce = new Uint8Array(new Writer().u48(i).u16(77).done());
      return { ...grantLog(keys, key, attacker.log.author, nonce), seq: 1 };
    });
    for (let at = 0; at < heads.length; at += 64) {
      attacker.send({ t: "heads", folder: 0, heads: heads.slice(at, at + 64) });
    }
    hamlet.settle();
    expect(attacker.isClosed).toBe(false);
    const wanted = new Set(attacker.heard.flatMap((f) => (f.t === "want" ? [f.log] : [])));
    expect(wanted.size).toBeLessThanOrEqual(8);
    expect(names(anna, id)).toEqual(["kept"]);
  });
});
