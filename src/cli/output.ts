/** Where a command writes: data to stdout, talk to stderr. */
export interface Output {
  readonly json: boolean;
  /** Whether stderr is a terminal that may be redrawn. */
  readonly lively: boolean;
  /** The result: text for people, or the value with --json. */
  result(value: unknown, text: () => string): void;
  /** Talk on stderr; silent with --json unless `always`. */
  say(text: string): void;
  /** Draws or redraws a progress bar; `done >= total` ends its line. A total of 0 is not known. */
  progress(label: string, done: number, total: number): void;
}

const BAR_CELLS = 28;

/** The output of a real terminal. */
export function terminalOutput(json: boolean): Output {
  const lively = process.stderr.isTTY === true && !json;
  let barOpen = false;
  const closeBar = (): void => {
    if (barOpen) process.stderr.write("\n");
    barOpen = false;
  };
  return {
    json,
    lively,
    result(value, text) {
      closeBar();
      process.stdout.write(json ? `${JSON.stringify(value)}\n` : `${text()}\n`);
    },
    say(text) {
      closeBar();
      if (!json) process.stderr.write(`${text}\n`);
    },
    progress(label, done, total) {
      if (!lively) return;
      if (total <= 0) {
        process.stderr.write(`\r${label} ${done}\u001b[K`);
        barOpen = true;
        return;
      }
      const cells = Math.floor((Math.min(done, total) / total) * BAR_CELLS);
      const bar = "█".repeat(cells) + "░".repeat(BAR_CELLS - cells);
      process.stderr.write(`\r${label} ${bar} ${done}/${total}\u001b[K`);
      barOpen = true;
      if (done >= total) closeBar();
    },
  };
}

/** A table with aligned columns; the first row is its heading. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [column, cell] of row.entries()) {
      widths[column] = Math.max(widths[column] ?? 0, visibleLength(cell));
    }
  }
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell + " ".repeat((widths[column] ?? 0) - visibleLength(cell)))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

/** A table of which each row but the heading has a line of its own below: what is too long for a column. */
export function tallTable(
  heading: readonly string[],
  rows: readonly { readonly cells: readonly string[]; readonly below: string }[],
): string {
  const [first = "", ...lines] = table([heading, ...rows.map(({ cells }) => cells)]).split("\n");
  return [first, ...lines.flatMap((line, i) => [line, `  ${rows[i]?.below ?? ""}`])].join("\n");
}

function visibleLength(text: string): number {
  return [...text].length;
}

/** Text from other people, safe on a terminal: control and direction characters are shown as ·. */
export function inert(text: string): string {
  return text.replace(UNSAFE, "·");
}

const UNSAFE = /[\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** Like `inert`, but line breaks stay. */
export function inertLines(text: string): string {
  return text.split("\n").map(inert).join("\n");
}

/** A size for people: 1.5 MB. Powers of ten. */
export function formatBytes(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  const digits = unit === 0 || value >= 100 ? 0 : 1;
  return `${value.toFixed(digits)} ${units[unit] ?? ""}`;
}

/** A duration for people: 350 ms, 12 s, 3 min, 2 h, 4 d. */
export function formatMs(ms: number): string {
  if (ms < 1_000) return `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`;
  if (ms < 120_000) return `${Math.round(ms / 1_000)} s`;
  if (ms < 7_200_000) return `${Math.round(ms / 60_000)} min`;
  return ms < 172_800_000 ? `${Math.round(ms / 3_600_000)} h` : `${Math.round(ms / 86_400_000)} d`;
}
