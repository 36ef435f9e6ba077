import { describe, expect, test } from "vitest";
import { Hamlet, type Hamleteer } from "../../test/support/hamlet.ts";
import { fromUtf8 } from "../base/bytes.ts";
import type { FileTreeError, TreeEntry } from "../ports/index.ts";
import { RETRY_MAX_MS, STRANGERS_MAX } from "./limits.ts";
import { READ_PREFIX, WRITE_PREFIX } from "./link.ts";

/** Names in a folder as one peer sees them now. */
function names(peer: Hamleteer, id: string, path = ""): readonly string[] {
  let entries: readonly TreeEntry[] = [];
  peer.live.tree(id).list(path, (error, found) => {
    if (error !== null) throw error;
    entries = found ?? [];
  });
  return entries.map(({ name, kind }) => (kind === "folder" ? `${name}/` : name));
}

/** A file's text, or the code of the error. */
function text(hamlet: Hamlet, peer: Hamleteer, id: string, path: string): string | undefined {
  let result: string | undefined;
  let bytes = "";
  peer.live.tree(id).read(
    path,
    { from: 0 },
    {
      onStart: () => undefined,
      onBytes: (part) => {
        bytes += fromUtf8(part) ?? "?";
      },
      onEnd: () => {
        result = bytes;
      },
      onError: ({ code }) => {
        result = code;
      },
    },
  );
  while (result === undefined && hamlet.step());
  return result;
}

function call(hamlet: Hamlet, make: (done: (error: FileTreeError | null) => void) => void): string {
  let result: string | undefined;
  make((error) => {
    result = error?.code ?? "done";
  });
  while (result === undefined && hamlet.step());
  return result ?? "silent";
}

/** Two who share a folder by its link, are no contacts, and met more strangers than are asked. */
function amongStrangers(): { hamlet: Hamlet; anna: Hamleteer; ben: Hamleteer; id: string } {
  const hamlet = new Hamlet(21);
  hamlet.areContacts = false;
  for (let count = 0; count < STRANGERS_MAX; count++) hamlet.add(`stranger ${count}`);
  const [anna, ben] = [hamlet.add("anna"), hamlet.add("ben")];
  const id = hamlet.create(anna, "plans");
  hamlet.invite(anna, ben, id);
  return { hamlet, anna, ben, id };
}

/** Lets time pass until something holds, and not much longer than a long pause between retries. */
function msUntil(hamlet: Hamlet, condition: () => boolean): number {
  const fromMs = hamlet.clock.monotonicMs();
  const passedMs = (): number => hamlet.clock.monotonicMs() - fromMs;
  while (!condition() && passedMs() <= 2 * RETRY_MAX_MS) {
    if (!hamlet.step() && !hamlet.passTime()) return Number.POSITIVE_INFINITY;
  }
  return condition() ? passedMs() : Number.POSITIVE_INFINITY;
}

describe("a folder of several devices", () => {
  test("what one writes the others read, small and large, also through a third", () => {
    const hamlet = new Hamlet(1);
    const [anna, ben, cleo] = [hamlet.add("anna"), hamlet.add("ben"), hamlet.add("cleo")];
    hamlet.part(anna, cleo);
    const id = hamlet.create(anna, "plans");
    hamlet.invite(anna, ben, id);
    hamlet.invite(ben, cleo, id, false);
    call(hamlet, (done) => anna.live.tree(id).makeFolder("d", done));
    hamlet.write(anna, id, "d/small", "small");
    hamlet.write(anna, id, "d/bundled", "b".repeat(10_000));
    hamlet.write(anna, id, "d/large", "l".repeat(100_000));
    hamlet.settle(10);
    for (const peer of [anna, ben, cleo]) {
      expect(names(peer, id, "d")).toEqual(["bundled", "large", "small"]);
      expect(text(hamlet, peer, id, "d/small")).toBe("small");
      expect(text(hamlet, peer, id, "d/bundled")).toBe("b".repeat(10_000));
      expect(text(hamlet, peer, id, "d/large")).toBe("l".repeat(100_000));
    }
    expect(cleo.live.info(id)).toMatchObject({ mayWrite: false, files: 3, missing: 0, writers: 1 });
  });

  test("found by link alone, long after both peers came within reach of many strangers", () => {
    const { hamlet, anna, ben, id } = amongStrangers();
    hamlet.write(anna, id, "a", "by anna");
    expect(msUntil(hamlet, () => names(ben, id).includes("a"))).toBeLessThan(5_000);
  });

  test("who came by link hears of changes at once, also when the stream has rested", () => {
    const { hamlet, anna, ben, id } = amongStrangers();
    hamlet.write(anna, id, "first", "by anna");
    const hasRested = (): boolean => anna.live.info(id).partners.length === 0;
    msUntil(hamlet, () => names(ben, id).includes("first"));
    msUntil(hamlet, hasRested);
    expect(hasRested()).toBe(true);
    hamlet.write(anna, id, "a", "by anna");
    expect(msUntil(hamlet, () => names(ben, id).includes("a"))).toBeLessThan(5_000);
  });

  test("two who know only a third find each other when that one is gone", () => {
    const { hamlet, anna, ben, id } = amongStrangers();
    const cleo = hamlet.add("cleo");
    hamlet.invite(anna, cleo, id);
    hamlet.write(ben, id, "b", "by ben");
    hamlet.write(cleo, id, "c", "by cleo");
    const both = (peer: Hamleteer): boolean => names(peer, id).length === 2;
    msUntil(hamlet, () => both(ben) && both(cleo));
    hamlet.crash(anna, 0);
    hamlet.write(ben, id, "later", "by ben");
    expect(msUntil(hamlet, () => names(cleo, id).includes("later"))).toBeLessThan(5_000);
  });

  test("who may only read passes on what others wrote", () => {
    const hamlet = new Hamlet(11);
    const [anna, ben, cleo] = [hamlet.add("anna"), hamlet.add("ben"), hamlet.add("cleo")];
    hamlet.part(anna, cleo);
    const id = hamlet.create(anna, "plans");
    hamlet.invite(anna, ben, id, false);
    hamlet.invite(anna, cleo, id);
    hamlet.write(anna, id, "a", "by anna");
    hamlet.settle(5);
    hamlet.crash(anna, 0);
    hamlet.write(cleo, id, "c", "by cleo");
    hamlet.settle(5);
    expect(text(hamlet, cleo, id, "a")).toBe("by anna");
    hamlet.part(ben, cleo);
    hamlet.start(anna);
    hamlet.settle(5);
    expect(text(hamlet, anna, id, "c")).toBe("by cleo");
  });

  test("a stay that a crash ended half cleared is no harm to the next one", () => {
    const hamlet = new Hamlet(12);
    const [anna, ben] = [hamlet.add("anna"), hamlet.add("ben")];
    const id = hamlet.create(anna, "plans");
    hamlet.invite(anna, ben, id);
    for (let i = 0; i < 5; i++) hamlet.write(anna, id, `f${i}`, "x");
    hamlet.settle(5);
    for (let effects = 0; effects < 12; effects++) {
      ben.live.forget(id, () => undefined);
      for (let i = 0; i < effects; i++) ben.disk.step();
      hamlet.crash(ben, effects % 2);
      hamlet.start(ben);
      hamlet.settle(2);
      if (ben.live.list().length === 0) hamlet.invite(anna, ben, id);
      hamlet.settle(5);
      expect(names(ben, id)).toEqual(["f0", "f1", "f2", "f3", "f4"]);
      expect(ben.live.conflicts(id)).toEqual([]);
    }
  });

  test("writes at the same time are both kept and shown, and one that saw both ends it", () => {
    const hamlet = new Hamlet(2);
    const [anna, ben] = [hamlet.add("anna"), hamlet.add("ben")];
    const id = hamlet.create(anna, "plans");
    hamlet.invite(anna, ben, id);
    hamlet.write(anna, id, "report.odt", "first");
    hamlet.settle(3);
    hamlet.part(anna, ben);
    hamlet.write(anna, id, "report.odt", "by anna");
    hamlet.write(ben, id, "report.odt", "by ben");
    hamlet.settle();
    hamlet.join(anna, ben);
    hamlet.settle(10);
    const shown = names(anna, id);
    expect(names(ben, id)).toEqual(shown);
    expect(shown.length).toBe(2);
    const alias = shown[0] ?? "";
    expect(alias).toMatch(/^report \((anna|ben)'s version, 2024-01-01 00\.\d\d\)\.odt$/);
    expect(shown[1]).toBe("report.odt");
    const texts = shown.map((name) => text(hamlet, anna, id, name));
    expect([...texts].sort()).toEqual(["by anna", "by ben"]);
    expect(shown.map((name) => text(hamlet, ben, id, name))).toEqual(texts);
    const [conflict] = anna.live.conflicts(id);
    expect(conflict?.path).toBe("report.odt");
    expect(conflict?.versions.map(({ writer }) => writer).sort()).toEqual(["anna", "ben"]);
    // A program that writes to the name it sees replaces that version and no other.
    hamlet.write(ben, id, "report.odt", "third");
    hamlet.settle(10);
    expect(names(anna, id)).toEqual(shown);
    expect(text(hamlet, anna, id, alias)).toBe(texts[0]);
    expect(call(hamlet, (done) => anna.live.tree(id).remove(alias, done))).toBe("done");
    hamlet.settle(10);
    expect(names(ben, id)).toEqual(["report.odt"]);
    expect(text(hamlet, ben, id, "report.odt")).toBe("third");
    expect(anna.live.conflicts(id)).toEqual([]);
  });

  test("an edit wins over a removal, also of the folder around it", () => {
    const hamlet = new Hamlet(3);
    const [anna, ben] = [hamlet.add("anna"), hamlet.add("ben")];
    const id = hamlet.create(anna, "plans");
    hamlet.invite(anna, ben, id);
    call(hamlet, (done) => anna.live.tree(id).makeFolder("d", done));
    hamlet.write(anna, id, "d/a", "a");
    hamlet.write(anna, id, "d/b", "b");
    hamlet.settle(3);
    hamlet.part(anna, ben);
    call(hamlet, (done) => anna.live.tree(id).remove("d", done));
    hamlet.write(ben, id, "d/a", "edited");
    hamlet.settle();
    hamlet.join(anna, ben);
    hamlet.settle(10);
    for (const peer of [anna, ben]) {
      expect(names(peer, id)).toEqual(["d/"]);
      expect(names(peer, id, "d")).toEqual(["a"]);
      expect(text(hamlet, peer, id, "d/a")).toBe("edited");
    }
  });

  test("a file and a folder of one name are both there", () => {
    const hamlet = new Hamlet(4);
    const [anna, ben] = [hamlet.add("anna"), hamlet.add("ben")];
    const id = hamlet.create(anna, "plans");
    hamlet.invite(anna, ben, id);
    hamlet.settle(3);
    hamlet.part(anna, ben);
    hamlet.write(anna, id, "x", "file");
    call(hamlet, (done) => ben.live.tree(id).makeFolder("x", done));
    hamlet.write(ben, id, "x/y", "inside");
    hamlet.settle();
    hamlet.join(anna, ben);
    hamlet.settle(10);
    for (const peer of [anna, ben]) {
      const [folder, alias = ""] = names(peer, id);
      expect([folder, alias.startsWith("x (anna's version, ")]).toEqual(["x/", true]);
      expect(text(hamlet, peer, id, alias)).toBe("file");
      expect(text(hamlet, peer, id, "x/y")).toBe("inside");
    }
  });

  test("three islands write, the sea goes down: nothing is lost and all see the same", () => {
    const hamlet = new Hamlet(5);
    const peers = ["anna", "ben", "cleo"].map((name) => hamlet.add(name));
    const [anna, ben, cleo] = peers as [Hamleteer, Hamleteer, Hamleteer];
    const id = hamlet.create(anna, "plans");
    hamlet.invite(anna, ben, id);
    hamlet.invite(anna, cleo, id);
    hamlet.write(anna, id, "common", "0");
    hamlet.settle(5);
    const pairs: [Hamleteer, Hamleteer][] = [
      [anna, ben],
      [ben, cleo],
      [anna, cleo],
    ];
    for (const [a, b] of pairs) hamlet.part(a, b);
    for (let i = 0; i < 20; i++) {
      for (const peer of peers) {
        hamlet.write(peer, id, `${peer.name}-${i}`, `${peer.name} ${i}`);
        hamlet.write(peer, id, "common", `${peer.name} ${i}`);
      }
    }
    hamlet.settle();
    for (const [a, b] of pairs) hamlet.join(a, b);
    hamlet.settle(20);
    for (const peer of peers) {
      const found = names(peer, id);
      expect(found).toEqual(names(anna, id));
      expect(found.length).toBe(60 + 3);
      const common = found.filter((name) => name.startsWith("common"));
      const texts = common.map((name) => text(hamlet, peer, id, name));
      expect(texts.sort()).toEqual(["anna 19", "ben 19", "cleo 19"]);
      for (const other of peers) {
        expect(text(hamlet, peer, id, `${other.name}-7`)).toBe(`${other.name} 7`);
      }
    }
  });
});

describe("links", () => {
  test("who may read only follows and cannot write", () => {
    const hamlet = new Hamlet(6);
    const [anna, ben] = [hamlet.add("anna"), hamlet.add("ben")];
    const id = hamlet.create(anna, "plans");
    const links = anna.live.links(id);
    expect(links.write?.startsWith(WRITE_PREFIX)).toBe(true);
    expect(links.read.startsWith(READ_PREFIX)).toBe(true);
    hamlet.invite(anna, ben, id, false);
    hamlet.write(anna, id, "f", "x");
    hamlet.settle(5);
    expect(text(hamlet, ben, id, "f")).toBe("x");
    const write = hamlet.write(ben, id, "f", "y");
    hamlet.settle();
    expect(write.error?.code).toBe("read-only");
    expect(call(hamlet, (done) => ben.live.tree(id).remove("f", done))).toBe("read-only");
    expect(ben.live.links(id).write).toBeUndefined();
    expect(ben.live.links(id).read.startsWith(READ_PREFIX)).toBe(true);
    // With the other link the same folder can be written.
    hamlet.invite(anna, ben, id, true);
    hamlet.write(ben, id, "f", "y");
    hamlet.settle(5);
    expect(text(hamlet, anna, id, "f")).toBe("y");
  });

  test("a folder that was given up is gone here, stays elsewhere and can be joined again", () => {
    const hamlet = new Hamlet(7);
    const [anna, ben] = [hamlet.add("anna"), hamlet.add("ben")];
    const id = hamlet.create(anna, "plans");
    hamlet.invite(anna, ben, id);
    hamlet.write(anna, id, "f", "x");
    hamlet.settle(5);
    const link = ben.live.links(id).write ?? "";
    let gone = false;
    ben.live.forget(id, () => {
      gone = true;
    });
    hamlet.settle();
    expect(gone).toBe(true);
    expect([...ben.disk.kept.keys()].filter((key) => key.startsWith("folders/"))).toEqual([]);
    expect(ben.live.list()).toEqual([]);
    hamlet.write(anna, id, "g", "y");
    hamlet.settle(5);
    ben.live.join(link, "again", () => undefined);
    hamlet.settle(5);
    expect(names(ben, id)).toEqual(["f", "g"]);
    expect(ben.live.info("again").id).toBe(id);
  });
});

describe("what is remembered", () => {
  test("old versions of a path, also of a removed one, can be had back", () => {
    const hamlet = new Hamlet(8);
    const anna = hamlet.add("anna");
    const id = hamlet.create(anna, "plans");
    for (const content of ["one", "two", "three"]) {
      hamlet.write(anna, id, "f", content);
      hamlet.settle();
    }
    call(hamlet, (done) => anna.live.tree(id).remove("f", done));
    hamlet.restart(anna);
    hamlet.settle();
    const history = anna.live.history(id, "f");
    expect(history.map(({ isCurrent, writer }) => [isCurrent, writer])).toEqual([
      [false, "anna"],
      [false, "anna"],
      [false, "anna"],
    ]);
    const second = history[1]?.version ?? "";
    expect(call(hamlet, (done) => anna.live.restore(id, "f", second, done))).toBe("done");
    expect(text(hamlet, anna, id, "f")).toBe("two");
    expect(anna.live.history(id, "f").length).toBe(4);
  });
});

test("who writes hears of the version written, whatever else comes to its path meanwhile", () => {
  const etags = new Set<string>();
  for (let seed = 1; seed <= 60; seed++) {
    const hamlet = new Hamlet(seed);
    const [anna, ben] = [hamlet.add("anna"), hamlet.add("ben")];
    const id = hamlet.create(anna, "plans");
    hamlet.invite(anna, ben, id);
    hamlet.settle(3);
    hamlet.part(anna, ben);
    call(hamlet, (done) => anna.live.tree(id).makeFolder("x", done));
    hamlet.settle();
    hamlet.join(anna, ben);
    for (let steps = seed; steps > 0; steps--) hamlet.step();
    const writer = ben.live.tree(id).write(
      "x",
      {},
      {
        onDone: ({ kind, etag }) => etags.add(`${kind} ${etag.slice(0, 2)}`),
        onError: ({ code }) => etags.add(code),
      },
    );
    writer.write(Uint8Array.of(1));
    writer.finish();
    hamlet.settle(3);
  }
  expect([...etags].filter((each) => each.startsWith("folder"))).toEqual([]);
  expect(etags.size).toBeGreaterThan(1);
});
