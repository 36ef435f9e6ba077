import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { COMMANDS } from "./commands/all.ts";
import { parseCommandLine } from "./parse.ts";

const ROOT = join(import.meta.dirname, "..", "..");
const PAGES = [
  "README.md",
  ...readdirSync(join(ROOT, "docs"))
    .filter((name) => name.endsWith(".md"))
    .map((name) => join("docs", name)),
];
/** What a page shows of a command line ends before two spaces, a pipe or what a shell does with it. */
const LINE = /^(?:\w+[$#] )?peernet (.+?)(?: {2,}| [|>&;] |$)/;
const INLINE = /`peernet ([^`]+)`/g;

/** Every command line that a page shows, without `peernet`. */
function shownIn(page: string): readonly string[] {
  const text = readFileSync(join(ROOT, page), "utf8");
  const shown: string[] = [];
  let isCode = false;
  for (const line of text.split("\n")) {
    if (line.startsWith("```")) isCode = !isCode;
    else if (isCode) shown.push(...(LINE.exec(line)?.slice(1, 2) ?? []));
    else for (const [, words] of line.matchAll(INLINE)) shown.push(words ?? "");
  }
  return shown;
}

/** Words as a shell splits them; brackets around what may be left out are taken away. */
function wordsOf(line: string): readonly string[] {
  const plain =
    line
      .replace(/[[\]]/g, "")
      .replace(/…/g, "")
      .split(/ [|>&] /)[0] ?? "";
  return [...plain.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, word]) => quoted ?? word ?? "");
}

/** What is wrong with a command line that is shown; undefined where nothing is. */
function fault(line: string): string | undefined {
  const [name = "", ...rest] = wordsOf(line);
  const command = COMMANDS.find((one) => name.split("|").includes(one.name));
  if (command === undefined) return name.startsWith("-") ? undefined : `no command '${name}'`;
  try {
    // With it, words that a page leaves out are not asked for.
    const { positionals } = parseCommandLine(command, [...rest, "--help"]);
    const actions = /^<([a-z-]+(?:\|[a-z-]+)+)> …/.exec(command.usage)?.[1]?.split("|");
    const [action] = positionals;
    if (actions === undefined || action === undefined) return undefined;
    const known = action.split(/[|/]/).every((each) => actions.includes(each));
    return known || /^[A-Z<]/.test(action) ? undefined : `no '${action}' of ${name}`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

describe("command lines in the pages", () => {
  test.each(PAGES)("%s shows only what there is", (page) => {
    const faults = shownIn(page).flatMap((line) => {
      const what = fault(line);
      return what === undefined ? [] : [`peernet ${line}: ${what}`];
    });
    expect(faults).toEqual([]);
  });

  test("are found, and wrong ones told", () => {
    expect(PAGES.flatMap(shownIn).length).toBeGreaterThan(200);
    expect(fault("send anna hello")).toBeUndefined();
    expect(fault("sent anna hello")).toBe("no command 'sent'");
    expect(fault("send anna --loud")).toContain("--loud");
    expect(fault("group found x")).toBe("no 'found' of group");
  });
});
