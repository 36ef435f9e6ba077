import { mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { DirectoryNames } from "./directory-names.ts";
import { type Ffi, loadFfi } from "./ffi.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "peernet-directory-names-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const ffi = loadFfi();

/** The real one, whose listing answers something else. */
function faked(getdents: ((...values: readonly unknown[]) => number) | undefined): Ffi {
  const real = ffi as Ffi;
  return {
    find(name, ...rest) {
      if (name !== "getdents64") return real.find(name, ...rest);
      if (getdents === undefined) throw new RangeError("no such function");
      return getdents;
    },
    addressOf: (of) => real.addressOf(of),
    viewOf: (address, sizeBytes) => real.viewOf(address, sizeBytes),
    errno: () => real.errno(),
    watch: (descriptor, onReadable) => real.watch(descriptor, onReadable),
  };
}

describe("the names in a directory", () => {
  test("come with their kinds, many more than one call brings", () => {
    const directory = join(folder, "many");
    mkdirSync(join(directory, "below"), { recursive: true });
    symlinkSync("nothing", join(directory, "link"));
    const files = Array.from({ length: 3_000 }, (_, i) => `${"ä".repeat(i % 60)} file ${i}`);
    for (const file of files) writeFileSync(join(directory, file), "");
    const found = new DirectoryNames().list(directory);
    const names = (kind: string): string[] =>
      found
        .filter((one) => one.kind === kind)
        .map(({ name }) => name)
        .sort();
    expect(names("file")).toEqual([...files].sort());
    expect(names("directory")).toEqual(["below"]);
    expect(names("other")).toEqual(["link"]);
    if (ffi === undefined || process.platform !== "linux") return;
    const numbers = found.map(({ name, kind }) =>
      kind === "other" ? 0 : statSync(join(directory, name)).ino,
    );
    const known = numbers.filter((number) => number > 0);
    expect(known).toEqual(known.toSorted((one, other) => one - other));
  });

  test("of nothing and of a file are an error", () => {
    const names = new DirectoryNames();
    expect(() => names.list(join(folder, "nothing"))).toThrow(/ENOENT/);
    const file = join(folder, "file");
    writeFileSync(file, "");
    expect(() => names.list(file)).toThrow(/ENOTDIR/);
  });

  test.skipIf(ffi === undefined)("are the same where the system tells no numbers", () => {
    const directory = join(folder, "few");
    mkdirSync(join(directory, "below"), { recursive: true });
    writeFileSync(join(directory, "file"), "");
    const sorted = (names: DirectoryNames): unknown =>
      names.list(directory).toSorted((one, other) => one.name.localeCompare(other.name));
    const plain = sorted(new DirectoryNames(faked(undefined)));
    expect(plain).toEqual([
      { name: "below", kind: "directory" },
      { name: "file", kind: "file" },
    ]);
    expect(sorted(new DirectoryNames(faked(() => -1)))).toEqual(plain);
    expect(sorted(new DirectoryNames())).toMatchObject(plain as object);
  });
});
