import { existsSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { describe, expect, test } from "vitest";
import { limitsPage } from "../../scripts/make-limits.mjs";
import { read, root, trackedFiles } from "./tree.ts";

const pages = trackedFiles().filter((name) => name.endsWith(".md"));

describe("the documentation is true", () => {
  test("docs/LIMITS.md says what the code says", () => {
    expect(read("docs/LIMITS.md")).toBe(limitsPage());
  });

  test("every link to a file of the repository leads somewhere", () => {
    const dead: string[] = [];
    for (const page of pages) {
      for (const [, target = ""] of read(page).matchAll(/\]\(([^)#\s]+)[^)]*\)/g)) {
        if (/^[a-z]+:/.test(target)) continue;
        const file = normalize(join(dirname(page), target));
        if (!existsSync(join(root, file))) dead.push(`${page}: ${target}`);
      }
    }
    expect(dead).toEqual([]);
  });

  test("what ships has a line in docs/DEPENDENCIES.md, with its version", () => {
    const { dependencies, devDependencies } = JSON.parse(read("package.json")) as Record<
      "dependencies" | "devDependencies",
      Record<string, string>
    >;
    const page = read("docs/DEPENDENCIES.md");
    for (const [name, version] of Object.entries({ ...dependencies, ...devDependencies })) {
      expect(page).toContain(`\`${name}\``);
      expect(page).toContain(version);
      expect(version).toMatch(/^\d+\.\d+\.\d+$/);
    }
    expect(Object.keys(dependencies).length).toBeLessThanOrEqual(10);
  });

  test("every door that the package names is there", () => {
    const { exports: doors, bin } = JSON.parse(read("package.json")) as {
      readonly exports: Record<string, string>;
      readonly bin: Record<string, string>;
    };
    for (const door of [...Object.values(doors), ...Object.values(bin)]) {
      const source = door.replace(/^(\.\/)?dist\//, "src/").replace(/\.js$/, ".ts");
      expect(existsSync(join(root, source)), door).toBe(true);
    }
  });

  test("lock files tell no download addresses", () => {
    const locks = trackedFiles().filter((name) => name.endsWith("package-lock.json"));
    expect(locks).toContain("package-lock.json");
    for (const lock of locks) expect(read(lock)).not.toContain('"resolved": "http');
    expect(read(".npmrc")).toContain("omit-lockfile-registry-resolved=true");
  });
});
