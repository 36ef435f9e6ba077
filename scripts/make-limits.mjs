// Writes docs/LIMITS.md from the limits.ts files of all rooms. A tidy test holds it to the code.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { root } from "./ensure.mjs";

const INTRO = `# Limits

Every queue, table, frame and wait has a named maximum. This page is made from the code by
\`node scripts/make-limits.mjs\`; change a limit in its room's \`limits.ts\`, never here.
`;

function limitFiles(folder) {
  return readdirSync(folder, { withFileTypes: true })
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return limitFiles(path);
      return entry.name === "limits.ts" ? [path] : [];
    })
    .sort();
}

/** Rows of one file: name, value as written, what it is. */
function rowsOf(text) {
  const pattern = /\/\*\*([\s\S]*?)\*\/\s*export const (\w+)(?::[^=]+)? =([\s\S]*?);\n/g;
  return [...text.matchAll(pattern)].map(([, comment, name, value]) => {
    const what = comment
      .replace(/^\s*\* ?/gm, "")
      .replace(/\s+/g, " ")
      .trim();
    const shown = value.replace(/\s+/g, " ").trim();
    return `| \`${name}\` | \`${shown.replaceAll("|", "\\|")}\` | ${what.replaceAll("|", "\\|")} |`;
  });
}

export function limitsPage() {
  const parts = limitFiles(join(root, "src")).map((file) => {
    const rows = rowsOf(readFileSync(file, "utf8"));
    const name = relative(root, file).replaceAll("\\", "/");
    return `## ${name}\n\n| limit | value | what it bounds |\n|---|---|---|\n${rows.join("\n")}\n`;
  });
  return `${INTRO}\n${parts.join("\n")}`;
}

if (process.argv[1]?.endsWith("make-limits.mjs")) {
  writeFileSync(join(root, "docs", "LIMITS.md"), limitsPage());
}
