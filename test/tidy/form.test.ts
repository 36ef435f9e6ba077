import { execFileSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { codeFiles, read, root, sourceFiles, trackedFiles } from "./tree.ts";

const FILE_LINES_MAX = 400;
const PURE =
  /^src\/(base|ports|wire|crypto|identity|link|routing|session|feed|media|store|naming|contacts|folders|messages|groups|money|archive|apps|gateway|peer)\//;

/** Names of files for which `isBad` holds, with the first line at fault. */
function offenders(
  files: readonly string[],
  isBad: (line: string, file: string) => boolean,
): string[] {
  const found: string[] = [];
  for (const file of files) {
    for (const [index, line] of read(file).split("\n").entries()) {
      if (isBad(line, file)) found.push(`${file}:${index + 1}: ${line.trim()}`);
    }
  }
  return found;
}

describe("the form of the code", () => {
  test("there is code to look at", () => {
    expect(sourceFiles().length).toBeGreaterThan(50);
  });

  test(`no file is longer than ${FILE_LINES_MAX} lines`, () => {
    const long = codeFiles().filter((file) => read(file).split("\n").length > FILE_LINES_MAX + 1);
    expect(long).toEqual([]);
  });

  test("no file is a link: what it leads to is on one machine only", () => {
    const modes = execFileSync("git", ["ls-files", "--stage"], { cwd: root, encoding: "utf8" });
    expect(modes.split("\n").filter((line) => line.startsWith("120000"))).toEqual([]);
  });

  test("nothing is left undone and no check is softened", () => {
    const words = new RegExp(["TO" + "DO", "FIX" + "ME", "XX" + "X:", "@ts-" + "ignore"].join("|"));
    expect(offenders(codeFiles(), (line) => words.test(line))).toEqual([]);
  });

  test("no ambient randomness below the adapters", () => {
    const ambient = /Math\.random|getRandomValues|randomUUID/;
    const files = sourceFiles().filter((file) => PURE.test(file));
    expect(offenders(files, (line) => ambient.test(line))).toEqual([]);
  });

  test("no promises below the adapters", () => {
    const files = sourceFiles().filter((file) => PURE.test(file));
    expect(
      offenders(files, (line) => /\b(async |await )/.test(line) && !/^\s*(\*|\/\/)/.test(line)),
    ).toEqual([]);
  });

  test("errors are typed: no plain Error is thrown", () => {
    const plain = /throw new (Error|TypeError)\(/;
    expect(offenders(sourceFiles(), (line) => plain.test(line))).toEqual([]);
  });

  test("every export has a docstring", () => {
    const bare: string[] = [];
    for (const file of sourceFiles()) {
      const lines = read(file).split("\n");
      for (const [index, line] of lines.entries()) {
        if (!/^export (abstract class|class|function|interface|type \w+ ?[=<]|const)/.test(line))
          continue;
        const above = lines[index - 1]?.trim() ?? "";
        const overload = above.startsWith("export function");
        if (!above.endsWith("*/") && !overload) bare.push(`${file}:${index + 1}: ${line}`);
      }
    }
    expect(bare).toEqual([]);
  });

  test("an index.ts is only a room's door", () => {
    const doors = sourceFiles().filter((file) => file.endsWith("/index.ts"));
    const inside = doors.filter((file) => {
      return read(file)
        .split("\n")
        .some((line) => /^(function|class|const|let|interface)\b/.test(line));
    });
    expect(inside).toEqual([]);
  });

  test("libp2p's packages are optional, and only peernet/libp2p loads them", () => {
    const { peerDependencies, peerDependenciesMeta } = JSON.parse(read("package.json")) as {
      readonly peerDependencies: Record<string, string>;
      readonly peerDependenciesMeta: Record<string, { readonly optional: boolean }>;
    };
    const optional = Object.keys(peerDependencies).filter(
      (name) => peerDependenciesMeta[name]?.optional,
    );
    const door = "src/adapters/libp2p/";
    const isForeign = (line: string, file: string): boolean => {
      const [, from = ""] = /(?:from|import) ?\(?"([^"]+)"/.exec(line) ?? [];
      if (!file.startsWith(door)) return /libp2p|multiformats/.test(from);
      return !/^(\.|node:)/.test(from) && from !== "" && !optional.includes(from);
    };
    expect(optional.length).toBeGreaterThan(0);
    const files = sourceFiles().filter((file) => !file.endsWith(".fixture.ts"));
    expect(offenders(files, isForeign)).toEqual([]);
  });

  test("nothing of our machines is in the repository", () => {
    const trace = new RegExp(["/wo" + "rk/", "/ro" + "ot/", "/home/\\w+/", "farm" + "-"].join("|"));
    const files = trackedFiles().filter((file) =>
      /\.(ts|tsx|mjs|json|md|yml|css|html)$/.test(file),
    );
    expect(
      offenders(files, (line, file) => file !== "package-lock.json" && trace.test(line)),
    ).toEqual([]);
  });
});
