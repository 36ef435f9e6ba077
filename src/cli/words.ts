import { inert } from "./output.ts";

/** "1 hop", "2 hops". */
export function counted(count: number, one: string): string {
  return `${count} ${one}${count === 1 ? "" : "s"}`;
}

/** A name as it is typed in a shell: in quotes where it needs them. */
export function quoted(name: string): string {
  return /^[\w.-]+$/.test(name) ? name : `'${inert(name).replaceAll("'", "'\\''")}'`;
}

/**
 * A whole command as it is typed: names that begin with a dash stand behind `--`, where they are no options.
 * @param verb such as "line accept"
 * @param options as they are typed already, or ""
 */
export function typedCommand(verb: string, names: readonly string[], options = ""): string {
  const said = names.map(quoted).join(" ");
  const isDashed = names.some((name) => name.startsWith("-"));
  const parts = isDashed ? [verb, options, "--", said] : [verb, said, options];
  return `peernet ${parts.filter((part) => part !== "").join(" ")}`;
}

/** An option and its value as they are typed. */
export function typedOption(option: string, value: string): string {
  return `--${option}${value.startsWith("-") ? "=" : " "}${quoted(value)}`;
}

/** The recovery words in four columns, numbered. */
export function wordGrid(words: readonly string[]): string {
  const columns = 4;
  const rows = Math.ceil(words.length / columns);
  const lines: string[] = [];
  for (let row = 0; row < rows; row++) {
    const cells = Array.from({ length: columns }, (_, column) => {
      const index = column * rows + row;
      return `${String(index + 1).padStart(2)} ${(words[index] ?? "").padEnd(10)}`;
    });
    lines.push(cells.join(" ").trimEnd());
  }
  return lines.join("\n");
}

/** The beginning of a time as ISO 8601 writes it, in UTC; "?" for what somebody wrote that is no time at all. */
export function isoText(atMs: number, letters: number): string {
  const at = new Date(atMs);
  return Number.isNaN(at.getTime()) ? "?" : at.toISOString().slice(0, letters);
}
