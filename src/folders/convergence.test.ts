import fc from "fast-check";
import { expect, test } from "vitest";
import { Hamlet, type Hamleteer, suite } from "../../test/support/hamlet.ts";
import { toHex } from "../base/bytes.ts";
import { must } from "../base/errors.ts";
import { decodeEntry } from "../feed/index.ts";
import type { TreeEntry } from "../ports/index.ts";
import { entriesPrefix, entryKey } from "./keys.ts";
import { parseFolderLink } from "./link.ts";
import { decodeBody } from "./operation.ts";
import { BodySeal } from "./sealed-body.ts";
import { versionName } from "./version.ts";

const NAMES = ["anna", "ben", "cleo", "dora"];
const PATHS = ["a", "b", "d", "d/a", "d/b", "d/e/a"];

/** What happens next, told by numbers so that fast-check can make a failure smaller. */
const happening = fc.record({
  kind: fc.constantFrom(
    ...(["write", "write", "write", "remove", "folder", "move"] as const),
    ...(["part", "join", "crash", "run", "run"] as const),
  ),
  who: fc.nat(NAMES.length - 1),
  other: fc.nat(NAMES.length - 1),
  path: fc.nat(PATHS.length - 1),
  to: fc.nat(PATHS.length - 1),
  steps: fc.nat(80),
});

type Happening = typeof happening extends fc.Arbitrary<infer T> ? T : never;

/** Everything that a peer shows, one line each. */
function view(peer: Hamleteer, id: string): readonly string[] {
  const lines: string[] = [];
  const visit = (path: string): void => {
    let entries: readonly TreeEntry[] = [];
    peer.live.tree(id).list(path, (error, found) => {
      if (error !== null) throw error;
      entries = found ?? [];
    });
    for (const { name, kind, etag } of entries) {
      const inner = path === "" ? name : `${path}/${name}`;
      lines.push(kind === "folder" ? `${inner}/` : `${inner} ${etag}`);
      if (kind === "folder") visit(inner);
    }
  };
  visit("");
  return lines;
}

/** Lets something happen around the peers. */
function disturb(hamlet: Hamlet, what: Happening, one: Hamleteer, other: Hamleteer): void {
  if (what.kind === "part" && one !== other) hamlet.part(one, other);
  else if (what.kind === "join" && one !== other) hamlet.join(one, other);
  else if (what.kind === "crash") {
    hamlet.crash(one, what.steps % 5);
    hamlet.start(one);
  } else if (what.kind === "run") for (let i = 0; i < what.steps && hamlet.step(); i++);
}

/** Lets one thing happen. `acknowledged` gets the etags of files that are safe, as their writers heard. */
function happen(hamlet: Hamlet, id: string, what: Happening, acknowledged: Set<string>): void {
  const one = must(hamlet.all[what.who], "there are as many peers as names");
  const other = must(hamlet.all[what.other], "there are as many peers as names");
  const path = PATHS[what.path] ?? "";
  disturb(hamlet, what, one, other);
  if (!one.isReady || one.live.list().length === 0) return;
  const tree = one.live.tree(id);
  const done = (): void => undefined;
  if (what.kind === "remove") tree.remove(path, done);
  else if (what.kind === "folder") tree.makeFolder(path, done);
  else if (what.kind === "move") tree.move(path, PATHS[what.to] ?? "", true, done);
  else if (what.kind === "write") {
    const { crashes } = one;
    const writer = tree.write(
      path,
      {},
      {
        onDone: ({ etag }) => {
          expect(one.crashes).toBe(crashes);
          acknowledged.add(etag);
        },
        onError: done,
      },
    );
    writer.write(Uint8Array.of(what.steps, what.to));
    writer.finish();
  }
}

/** Of all versions that a peer's disk knows: which were replaced, and whether by somebody who had them. */
function replacements(hamlet: Hamlet, peer: Hamleteer, id: string) {
  const { keys } = parseFolderLink(suite, peer.live.links(id).read);
  const seal = new BodySeal(suite, keys.readKey);
  const byAuthor = new Map(hamlet.all.map((each) => [toHex(each.record.signKey), each]));
  const put = new Set<string>();
  const replaced = new Set<string>();
  const blindly: string[] = [];
  const entries = [...peer.disk.kept].filter(([key]) => key.startsWith(entriesPrefix(id)));
  for (const [key, bytes] of entries) {
    const entry = decodeEntry(bytes);
    const author = must(byAuthor.get(toHex(entry.author)), "every author is one of the peers");
    // Records keep the order in which they first came to a disk: that is what its owner had seen.
    const order = [...author.disk.kept.keys()];
    const writtenAt = order.indexOf(key);
    const plain = must(seal.open(entry.feedId, entry.body), "entries open");
    const { operations } = decodeBody(plain, entry.feedId, entry.seq);
    for (const [index, operation] of operations.entries()) {
      if (operation.kind === "bundle") continue;
      const isFile = operation.kind === "put" && operation.file !== undefined;
      if (isFile) put.add(versionName({ log: entry.feedId, seq: entry.seq, index }));
      for (const cause of operation.replaces) {
        replaced.add(versionName(cause));
        const seenAt = order.indexOf(entryKey(id, cause.log, cause.seq));
        if (!(seenAt >= 0 && seenAt <= writtenAt)) blindly.push(versionName(cause));
      }
    }
  }
  return { put, replaced, blindly };
}

function everybodyTogether(seed: number): { hamlet: Hamlet; id: string } {
  const hamlet = new Hamlet(seed);
  const peers = NAMES.map((name) => hamlet.add(name));
  const first = must(peers[0], "there is a first one");
  const id = hamlet.create(first, "shared");
  for (const peer of peers.slice(1)) hamlet.invite(first, peer, id);
  hamlet.settle(3);
  for (const other of peers.slice(1)) hamlet.part(first, other);
  return { hamlet, id };
}

function heal(hamlet: Hamlet): void {
  hamlet.settle();
  for (const one of hamlet.all) {
    for (const other of hamlet.all) if (one !== other) hamlet.join(one, other);
  }
  hamlet.settle(30);
}

/** What was tested in all runs together: where that is nothing, the test is none. */
interface Tested {
  conflicts: number;
  versions: number;
}

function check(seed: number, happenings: readonly Happening[], tested: Tested): void {
  const { hamlet, id } = everybodyTogether(seed);
  const acknowledged = new Set<string>();
  for (const what of happenings) happen(hamlet, id, what, acknowledged);
  heal(hamlet);
  const [first = [], ...others] = hamlet.all.map((peer) => view(peer, id));
  for (const other of others) expect(other).toEqual(first);
  const shown = new Set(first.map((line) => line.slice(line.lastIndexOf(" ") + 1)));
  for (const peer of hamlet.all) {
    const { put, replaced, blindly } = replacements(hamlet, peer, id);
    expect(blindly).toEqual([]);
    expect([...acknowledged].filter((etag) => !put.has(etag))).toEqual([]);
    expect([...put].filter((etag) => shown.has(etag) === replaced.has(etag))).toEqual([]);
    tested.versions += put.size;
  }
  tested.conflicts += hamlet.all[0]?.live.conflicts(id).length ?? 0;
  // What is on the disk says the same as what is in memory.
  for (const peer of hamlet.all) hamlet.restart(peer);
  heal(hamlet);
  for (const peer of hamlet.all) expect(view(peer, id)).toEqual(first);
}

test("whatever happens: all see the same in the end, and nothing is gone that nobody had seen", () => {
  const tested: Tested = { conflicts: 0, versions: 0 };
  const happenings = fc.array(happening, { minLength: 20, maxLength: 60 });
  fc.assert(
    fc.property(fc.integer(), happenings, (seed, list) => check(seed, list, tested)),
    { numRuns: 40 },
  );
  expect(tested.conflicts).toBeGreaterThan(0);
  expect(tested.versions).toBeGreaterThan(500);
}, 120_000);
