// npm run bench                          lists the benches
// npm run bench -- <name> [--json]       runs one, prints a table or JSON
// npm run bench -- all                   runs all but those that say that they are slow
//                         [--strict]     exits 1 where a goal is missed, a value or a rival missing,
//                                        or something was measured at a reduced scale
//                         [--full]       at full scale where the default is a reduced one; may take hours
// PEERNET_BENCH_NODE=26 runs all of it with another Node from the npm registry, rivals in Node too but for libp2p, which has one of
// its own. What is built is built anew for that Node, and again for the next one.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { asciiOnly } from "./ascii-only.mjs";
import { ensureAll, giveUp } from "./ensure.mjs";
import { nodeOf } from "./node-of.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const cache = `${root}.cache/bench/`;
process.chdir(root);
const otherNode = process.env.PEERNET_BENCH_NODE ?? "";
if (otherNode !== "" && otherNode !== process.versions.node.split(".")[0]) runWith(otherNode);

/** What all of them need; other helpers live in folders. Every other file right in bench/ is a bench. */
const SHARED = ["groups.ts", "row.ts"];
const names = readdirSync("bench")
  .filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts") && !SHARED.includes(file))
  .map((file) => file.slice(0, -".ts".length))
  .sort();

/** Runs the same with another Node and ends as that does. */
function runWith(major) {
  if (!/^[1-9]\d*$/.test(major)) {
    giveUp(`PEERNET_BENCH_NODE is a major version such as 26, not '${major}'.`);
  }
  const binary = nodeOf(major);
  if (!existsSync(binary)) {
    giveUp(`Node ${major} could not be had from the npm registry; above is what npm says.`);
  }
  const words = [...process.execArgv, ...process.argv.slice(1)];
  const { PEERNET_BENCH_NODE: _, ...env } = process.env;
  process.exit(spawnSync(binary, words, { stdio: "inherit", env }).status ?? 1);
}

async function load(name) {
  const { build } = await import("vite");
  await build({
    root,
    configFile: false,
    logLevel: "error",
    // As the command is built: what is measured in a process holds no more text than that would.
    plugins: [asciiOnly],
    build: {
      ssr: `bench/${name}.ts`,
      outDir: `${cache}${name}`,
      emptyOutDir: true,
      minify: false,
      target: "node20",
      rolldownOptions: { output: { entryFileNames: "bench.mjs", comments: { jsdoc: false } } },
    },
  });
  return import(pathToFileURL(`${cache}${name}/bench.mjs`).href);
}

const number = (value) =>
  value === null ? "-" : value.toPrecision(value >= 1000 ? Math.ceil(Math.log10(value + 1)) : 3);

function cells({ id, value, unit, goal, met, rivals }) {
  const verdict = met === null ? "" : met ? "met" : "MISSED";
  const others = rivals.map((rival) => `${rival.name} ${number(rival.value)}`).join(", ");
  return [id, number(value), unit, goal ? `${goal.op} ${goal.value}` : "", verdict, others];
}

function printTable(rows) {
  const table = [["id", "value", "unit", "goal", "", "rivals"], ...rows.map(cells)];
  const widths = table[0].map((_, column) => Math.max(...table.map((row) => row[column].length)));
  const isRight = (column) => column === 1 || column === 3;
  for (const row of table) {
    const padded = row.map((cell, column) =>
      isRight(column) ? cell.padStart(widths[column]) : cell.padEnd(widths[column]),
    );
    console.log(padded.join("  ").trimEnd());
  }
  for (const { id, note } of rows) if (note) console.log(`${id}: ${note}`);
  for (const note of new Set(rows.flatMap(({ rivals }) => rivals.map(describeRival)))) {
    console.log(note);
  }
}

const describeRival = ({ name, note }) => `${name}: ${note ?? "no note"}`;

/** What --strict complains about in a row. */
function complaints({ id, value, met, rivals, reduced }) {
  const missing = rivals.filter((rival) => rival.value === null);
  return [
    ...(value === null ? [`${id}: not measured`] : []),
    ...(met === false ? [`${id}: goal missed`] : []),
    ...(reduced ? [`${id}: measured at a reduced scale only (--full measures it whole)`] : []),
    ...missing.map((rival) => `${id}: rival ${rival.name} is missing (${rival.note ?? "?"})`),
  ];
}

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: "boolean" },
    strict: { type: "boolean" },
    full: { type: "boolean", default: false },
  },
});
const chosen = positionals.includes("all") ? names : positionals;
const unknown = chosen.filter((name) => !names.includes(name));

if (chosen.length === 0) {
  console.log(`Benches: ${names.join(", ")}\nRun one with: npm run bench -- <name>`);
} else if (unknown.length > 0) {
  console.error(`There is no bench ${unknown.join(", ")}. Known: ${names.join(", ")}, all`);
  process.exitCode = 2;
} else {
  ensureAll();
  const rows = [];
  for (const name of chosen) {
    const { run, slow = false } = await load(name);
    if (slow && !positionals.includes(name)) {
      console.error(
        `${name} is left out, as it takes minutes. Run it with: npm run bench -- ${name}`,
      );
      continue;
    }
    rows.push(...(await run({ full: options.full })));
  }
  console.error(`Node ${process.versions.node}`);
  if (options.json) console.log(JSON.stringify(rows, null, 2));
  else printTable(rows);
  const faults = options.strict ? rows.flatMap(complaints) : [];
  for (const fault of faults) console.error(fault);
  if (faults.length > 0) process.exitCode = 1;
}
