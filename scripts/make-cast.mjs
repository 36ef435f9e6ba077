// Writes docs/demo.svg: runs the demo for real and draws its terminal, each line appearing when it
// did. Nothing in the picture is made up; run it again after a change that shows.
import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { ensureAll, root } from "./ensure.mjs";

const LINE_HEIGHT = 19;
const WIDTH = 900;
const HOLD_SECONDS = 6;

function toMarkup(text) {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

function classOf(text) {
  if (text.includes("✓")) return "kept";
  if (text.includes("✗")) return "broken";
  return /^\s*[\d.]+ s {2}/.test(text) || text.startsWith("$") ? "chapter" : "told";
}

async function record(seed) {
  const main = join(root, "dist", "cli", "main.js");
  const child = spawn(process.execPath, [main, "demo", "--seed", seed], { cwd: root });
  const startMs = performance.now();
  const lines = [{ atMs: 0, text: `$ npm run demo -- --seed ${seed}` }];
  const take = (chunk) => {
    for (const text of chunk.toString().split("\n")) {
      if (text !== "") lines.push({ atMs: performance.now() - startMs, text });
    }
  };
  child.stderr.on("data", take);
  child.stdout.on("data", take);
  const code = await new Promise((resolve) => child.on("exit", resolve));
  if (code !== 0) throw new Error(`the demo failed with code ${code}`);
  return lines;
}

function draw(lines) {
  const totalSeconds = (lines.at(-1)?.atMs ?? 0) / 1000 + HOLD_SECONDS;
  const height = lines.length * LINE_HEIGHT + 40;
  const rows = lines.map(({ atMs, text }, index) => {
    const share = ((atMs / 1000 / totalSeconds) * 100).toFixed(2);
    const frames = `@keyframes l${index}{0%,${share}%{opacity:0}${Math.min(100, Number(share) + 0.3)}%,100%{opacity:1}}`;
    const style = `animation:l${index} ${totalSeconds.toFixed(1)}s step-end infinite`;
    const y = 34 + index * LINE_HEIGHT;
    return {
      frames,
      row: `<text x="18" y="${y}" class="${classOf(text)}" style="${style}" xml:space="preserve">${toMarkup(text)}</text>`,
    };
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img">
<title>The demo in a terminal: twelve peers meet, write, store a file, lose a third and recover</title>
<style>text{font:13px ui-monospace,Menlo,Consolas,monospace;fill:#c9d1c8}.chapter{fill:#f2d98d}.kept{fill:#8fd19e}.broken{fill:#ff8f7a}
${rows.map((row) => row.frames).join("\n")}
@media (prefers-reduced-motion:reduce){text{animation:none!important}}</style>
<rect width="${WIDTH}" height="${height}" rx="10" fill="#1d2321"/>
${rows.map((row) => row.row).join("\n")}
</svg>
`;
}

ensureAll();
writeFileSync(join(root, "docs", "demo.svg"), draw(await record(process.argv[2] ?? "4")));
