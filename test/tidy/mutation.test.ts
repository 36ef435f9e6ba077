import { describe, expect, test } from "vitest";
import { loopBodies, mutantsOf } from "../../bench/mutation/operators.ts";
import { applyMutant, instrument } from "../../bench/mutation/rewrite.ts";
import { read, trackedFiles } from "./tree.ts";

const changesOf = (code: string): string[] =>
  mutantsOf("a.ts", code).map(({ original, replacement }) => `${original} => ${replacement}`);

describe("the mutants that the bench makes", () => {
  test.each([
    ["f(a < b);", ["f(a < b); => ;", "a < b => (a) <= (b)", "a < b => (a) >= (b)"]],
    ["if (a) b++;", ["a => true", "a => false", "b++; => ;", "b++ => b--"]],
    ["while (a) {}", ["a => false"]],
    ["const a = !b && c;", ["!b && c => (!b) || (c)", "!b => b"]],
    ["const a = [1, true];", ["[1, true] => []", "1 => 2", "true => false"]],
    [
      'throw new AError("code", "Words.");',
      ['throw new AError("code", "Words."); => ;', '"code" => ""'],
    ],
    ["const f = (): number => { return 7; };", ["return 7; => return undefined;", "7 => 8"]],
    ["const a = Math.min(b, c);", ["Math.min(b, c) => Math.max(b, c)"]],
  ])("of %s", (code, changes) => {
    expect(changesOf(code).sort()).toEqual(changes.sort());
  });

  test.each([
    'import { a } from "./a.ts";',
    'export * from "./a.ts";',
    'type A = "a" | 1 | true;',
    "interface A { readonly a: 1 }",
    "const a: Record<string, 1> = b as { c: 1 };",
    "const a = { b: c }.b;",
  ])("none of %s", (code) => {
    expect(changesOf(code)).toEqual([]);
  });

  test("a mutant replaces its own place only, and keeps its precedence", () => {
    const code = "const a = (b + c) * d;";
    const [mutant] = mutantsOf("a.ts", code).filter(({ original }) => original === "b + c");
    expect(mutant && applyMutant(code, mutant)).toBe("const a = (((b) - (c))) * d;");
  });

  test("loops are counted in mutated and instrumented code", () => {
    const code = "for (;;) { a(); }";
    const mutants = mutantsOf("a.ts", code);
    expect(loopBodies("a.ts", code)).toEqual([{ start: 9, end: 17, isBlock: true }]);
    expect(mutants.map((mutant) => applyMutant(code, mutant))).toEqual([
      "for (;;) {globalThis.__peernetTurn?.(); ; }",
    ]);
    expect(instrument(code, new Map(mutants.entries()))).toBe(
      "for (;;) {globalThis.__peernetTurn?.(); {globalThis.__peernetHit?.(0);a();} }",
    );
  });

  test("a loop without braces gets some", () => {
    const code = "for (;;) if (a) b();";
    const mutated = mutantsOf("a.ts", code).map((mutant) => applyMutant(code, mutant));
    expect(mutated).toEqual([
      "for (;;) {globalThis.__peernetTurn?.();if ((true)) b();}",
      "for (;;) {globalThis.__peernetTurn?.();if ((false)) b();}",
      "for (;;) {globalThis.__peernetTurn?.();if (a) ;}",
    ]);
    const instrumented = instrument(code, new Map(mutantsOf("a.ts", code).entries()));
    expect(() => mutantsOf("a.ts", instrumented)).not.toThrow();
  });

  test("sources of the rooms parse with every place instrumented", () => {
    const sources = trackedFiles().filter((name) =>
      /^src\/(base|wire|crypto|identity|link|routing|session)\/.*\.ts$/.test(name),
    );
    for (const file of sources) {
      const code = read(file);
      const mutants = mutantsOf(file, code);
      // Parsing again throws where the text is broken.
      expect(() => mutantsOf(file, instrument(code, new Map(mutants.entries())))).not.toThrow();
    }
  });
});
