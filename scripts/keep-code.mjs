// node scripts/keep-code.mjs            keeps beside the built command what V8 makes of it, by starting a peer once
// node scripts/keep-code.mjs --check    whether the start of a peer uses all of it; exits 1 where not
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import v8 from "node:v8";
import { BundleLoader } from "../dist/adapters/node/code-cache.js";
import { root } from "./ensure.mjs";

/** After the peer has said that it is up: its rooms are at work then. */
const AT_WORK_MS = 500;
const LIMIT_MS = 30_000;

const isCheck = process.argv.includes("--check");
const files = [];
let pending = [];
let isReading = false;
let isFrozen = false;

function keepPending() {
  try {
    for (const loaded of pending) loaded.keep();
  } catch (error) {
    console.error(`What V8 made of the command cannot be kept: ${error.message}`);
    process.exit(1);
  }
  pending = [];
}

/**
 * V8 takes kept code only where its flags are as they were when that was made. A peer sets some before it reads
 * most of its files: what was read until then is kept at that moment, and later flags are not set here.
 */
function freezeFlags() {
  const setFlags = v8.setFlagsFromString;
  v8.setFlagsFromString = (flags) => {
    if (isFrozen) return;
    keepPending();
    setFlags(flags);
    isReading = true;
  };
}

/** Resolves when the peer has printed that it is up. */
function firstOutput() {
  return new Promise((resolve) => {
    process.stdout.write = () => {
      resolve();
      return true;
    };
  });
}

const home = mkdtempSync(join(tmpdir(), "peernet-keep-code-"));
process.on("exit", () => rmSync(home, { recursive: true, force: true }));
setTimeout(() => process.exit(1), LIMIT_MS).unref();
if (!isCheck) freezeFlags();
const loader = new BundleLoader((loaded) => {
  files.push(loaded);
  pending.push(loaded);
  isFrozen ||= isReading;
});
const isUp = firstOutput();
const { runCommandLine } = loader.load(join(root, "dist", "cli", "program.cjs"));
// It is nobody's neighbour: it neither looks around nor is to be found.
const alone = ["--no-discovery", "--listen", "tcp://127.0.0.1:0"];
const ended = runCommandLine(["up", "--home", home, "--json", "--no-open", ...alone]);
await Promise.race([isUp, ended]);
await new Promise((resolve) => setTimeout(resolve, AT_WORK_MS));
if (!isCheck) keepPending();
process.emit("SIGTERM");
await ended;
const unused = files.filter(({ keptCode }) => keptCode !== "used");
if (isCheck && unused.length > 0) {
  for (const { file, keptCode } of unused) console.error(`${file}: ${keptCode}`);
  process.exitCode = 1;
}
