// The steps of .ci/run. Installs what they need (Debian packages as root, newer Node from the npm
// registry), runs them all even when one fails, and counts tests over all steps. Steps that mostly
// wait run beside each other. Where real processes meet a busy machine, files that failed are run a
// second time, alone; what passes only then is named at the end.
import { spawn, spawnSync } from "node:child_process";
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync } from "node:fs";
import { cpus } from "node:os";
import { join, relative } from "node:path";
import { readReport, skippedIn } from "./ci-report.mjs";
import { root } from "./ensure.mjs";
import { nodeOf } from "./node-of.mjs";

const cache = join(root, ".cache", "ci");
rmSync(cache, { recursive: true, force: true });
mkdirSync(cache, { recursive: true });
const isRoot = process.getuid?.() === 0;
const vitest = join(root, "node_modules", "vitest", "vitest.mjs");
const main = join(root, "dist", "cli", "main.js");
const totals = { passed: 0, failed: 0, skipped: 0 };
const broken = [];
const failures = [];
const secondTries = [];
/** Figures are left out on machines so slow that the tests alone take as long. */
const BENCH_MINUTES_MAX = 18;
/** Where `npm test` alone takes longer than this, all would take near 30 minutes: the newest Node then runs what the others run. */
const UNIT_MINUTES_USUAL = 7;
/** With more files than these broken, it is not the machine: no second try. */
const AGAIN_FILES_MAX = 4;
/** Unit tests of these meet real sockets, files and clocks. All others give the same answer however busy the machine is, so one try is all they get. */
const MEET_THE_MACHINE = ["src/adapters/", "src/api/", "src/cli/", "test/conformance/"];
const meetsTheMachine = (file) =>
  MEET_THE_MACHINE.some((folder) => relative(root, file).startsWith(folder));

/** Runs a program with our output, or into `lane.out`; resolves with its exit code. */
function run(command, args, { lane, ...options } = {}) {
  const out = lane?.out ?? "inherit";
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root, stdio: ["ignore", out, out], ...options });
    child.once("error", () => resolve(undefined));
    child.once("close", (code) => resolve(code ?? undefined));
  });
}

/** Milliseconds for which the processors have worked, and that have passed for them, since they started. */
function processorTimes() {
  let [busyMs, allMs] = [0, 0];
  for (const { times } of cpus()) {
    const sum = times.user + times.nice + times.sys + times.irq;
    busyMs += sum;
    allMs += sum + times.idle;
  }
  return { busyMs, allMs };
}

/** Runs a step that counts for itself; a bad exit code counts as at least one failure. */
async function step(title, action) {
  const startMs = performance.now();
  const before = processorTimes();
  console.log(`\n=== ${title}`);
  const { ok, passed = 0, failed = 0, skipped = 0 } = await action();
  totals.passed += passed;
  totals.failed += ok ? failed : Math.max(1, failed);
  totals.skipped += skipped;
  if (!ok || failed > 0) broken.push(title);
  const seconds = ((performance.now() - startMs) / 1000).toFixed(1);
  const after = processorTimes();
  const passedMs = Math.max(1, after.allMs - before.allMs);
  const busy = Math.round((100 * (after.busyMs - before.busyMs)) / passedMs);
  const told = `${passed} passed, ${failed} failed, ${skipped} skipped in ${seconds} s`;
  console.log(`=== ${title}: ${told}; the processors worked for ${busy} % of it`);
}

/** Steps at the same time: each writes into a file of its own, shown when all have ended. */
async function together(...lanes) {
  await Promise.all(
    lanes.map(async (steps, index) => {
      const file = join(cache, `lane-${index}.log`);
      const out = openSync(file, "w");
      await steps({ out });
      closeSync(out);
    }),
  );
  for (const index of lanes.keys()) {
    process.stdout.write(readFileSync(join(cache, `lane-${index}.log`)));
  }
}

/** A run of vitest and what it reported; `undefined` where it did not come that far. */
async function vitestRun(file, command, args, lane) {
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${file}`];
  const status = await run(command, [...args, ...reporters], { lane });
  const report = readReport(file);
  return report === undefined ? undefined : { ...report, isGood: status === 0 };
}

/**
 * Runs vitest and reads how many tests passed. Where skips are not allowed they count as failures;
 * files that failed get a second try, where `again` says so of all of them.
 */
async function vitestStep(name, command, args, options = {}) {
  const { skipsFail = false, again = () => true, folders = [], lane } = options;
  const file = join(cache, `${name}.json`);
  const first = await vitestRun(file, command, [...args, ...folders], lane);
  if (first === undefined) return { ok: false };
  let { isGood, passed, failures: open } = first;
  const files = [...new Set(open.map((failure) => failure.file))];
  if (files.length > 0 && files.length <= AGAIN_FILES_MAX && files.every(again)) {
    const more = [...args, ...files.map((path) => relative(root, path))];
    const second = await vitestRun(join(cache, `${name}-again.json`), command, more, lane);
    if (second?.isGood) {
      secondTries.push(...open);
      passed += open.length;
      open = [];
      isGood = true;
    }
  }
  const skips = skipsFail ? skippedIn(file) : [];
  failures.push(...open, ...skips);
  return {
    ok: isGood && passed > 0 && skips.length === 0,
    passed,
    failed: open.length + skips.length,
    skipped: skipsFail ? 0 : first.skipped,
  };
}

/** The tests of a config of vitest with the Node that runs this. */
function configStep(name, options) {
  const args = [vitest, "run", "--config", `vitest.${name}.config.ts`];
  return vitestStep(name, process.execPath, args, options);
}

function isMissing(name) {
  return spawnSync("dpkg", ["-s", name], { stdio: "ignore" }).status !== 0;
}

async function debianPackages(...names) {
  if (!isRoot) return;
  const missing = names.filter(isMissing);
  if (missing.length === 0) return;
  const environment = { env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" } };
  await run("apt-get", ["update", "-qq"], environment);
  const quiet = ["install", "-y", "-qq", "--no-install-recommends"];
  await run("apt-get", [...quiet, ...missing], environment);
}

/** The newest Node with long support: what who installs one today gets. */
const NEWEST = 26;
/** The others that people still have; `npm test` runs on the oldest, which is this machine's. */
const BETWEEN = [22, 24];

await step("npm test", () => vitestStep("unit", "npm", ["test", "--"], { again: meetsTheMachine }));
const isSlow = performance.now() > UNIT_MINUTES_USUAL * 60_000;
/**
 * What touches Node, and the rooms that are quickest. The others touch nothing of it, which a rule
 * holds them to: `npm test` has seen them on the oldest Node, and another version runs them alike.
 */
const ON_NEWEST = [
  ...["adapters", "api", "cli", "base", "wire", "crypto", "identity", "ports", "testing"].map(
    (room) => `src/${room}/`,
  ),
  "test/conformance/",
];
/** What takes the longest and asks little of Node: arithmetic over bytes, and every fault of a store behind HTTP. */
const NOT_ON_NEWEST = [
  "src/adapters/node/blocks-damage.test.ts",
  "src/adapters/node/level/damage.test.ts",
  "src/adapters/node/layering/**",
  "test/conformance/s3/faults.test.ts",
];
async function onNewest(lane) {
  if (isSlow) {
    console.log(`Only what Node alone decides: npm test took more than ${UNIT_MINUTES_USUAL} min`);
    return onEach(NEWEST, lane);
  }
  const without = NOT_ON_NEWEST.map((pattern) => `--exclude=${pattern}`);
  return vitestStep("unit-newest", nodeOf(NEWEST), [vitest, "run", ...without], {
    ...{ folders: ON_NEWEST, again: meetsTheMachine, lane },
  });
}

/** What Node alone decides: keys, seals and system calls. */
const ON_EACH = ["crypto", "fast-aead", "native/"].map((part) => `src/adapters/node/${part}`);
function onEach(major, lane) {
  return vitestStep(`unit-node${major}`, nodeOf(major), [vitest, "run"], {
    ...{ folders: ON_EACH, again: meetsTheMachine, lane },
  });
}
/** Two peers that start, end and write to each other. */
function letterOn(major, lane) {
  const args = [vitest, "run", "--config", "vitest.cli.config.ts"];
  return vitestStep(`letter-node${major}`, nodeOf(major), args, {
    folders: ["test/cli/first-letter.test.ts"],
    lane,
  });
}

await debianPackages(
  ...["iproute2", "iputils-ping", "nftables", "chromium", "chromium-headless-shell", "firefox-esr"],
  ...["openssh-server", "openssh-client", "git", "curl", "iperf3", "dnsutils"],
  ...["litmus", "rclone", "restic"],
);
// Before anything runs beside them: each is a download.
for (const major of [...BETWEEN, NEWEST]) nodeOf(major);
await together(
  async (lane) => {
    await step("network namespaces", () => configStep("netns", { skipsFail: isRoot, lane }));
    await step("outside programs", () => configStep("outside", { skipsFail: isRoot, lane }));
  },
  async (lane) => {
    await step(`unit tests on Node ${NEWEST}`, () => onNewest(lane));
    for (const major of BETWEEN) {
      await step(`keys, seals and system calls on Node ${major}`, () => onEach(major, lane));
    }
    await step(`first letter on Node ${NEWEST}`, () => letterOn(NEWEST, lane));
    await step("suites of libp2p and IPFS on Node 22", () => libp2p(lane));
  },
);
await step("browser", () => configStep("browser", { skipsFail: isRoot }));
await together(
  (lane) => step("killed processes", () => configStep("crash", { lane })),
  async (lane) => {
    await step("command line", () => configStep("cli", { lane }));
    await step("demo", demo);
  },
);
await step(
  "bench (figures only, other meshes left out; judge them with --strict on a quiet machine)",
  async () => {
    const minutes = performance.now() / 60_000;
    if (minutes > BENCH_MINUTES_MAX) {
      console.log(`SKIPPED: ${minutes.toFixed(0)} minutes have passed; all has to end within 30`);
      return { ok: true, skipped: 1 };
    }
    const status = await run(process.execPath, [join(root, "scripts", "bench.mjs"), "all"], {
      env: { ...process.env, PEERNET_RIVALS: "0" },
    });
    return { ok: status === 0 };
  },
);

/** The demo's claims, each of which counts; told again, as other tests that wait for real peers. */
async function demo() {
  const first = await demoRun(1);
  if (first.ok) return first;
  const second = await demoRun(2);
  (second.ok ? secondTries : failures).push(...first.broken, ...second.broken);
  return second;
}

async function demoRun(attempt) {
  const file = join(cache, `demo-${attempt}.json`);
  const out = openSync(file, "w");
  const status = await run(process.execPath, [main, "demo", "--seed", "1", "--json"], {
    stdio: ["ignore", out, "inherit"],
  });
  closeSync(out);
  const told = readFileSync(file, "utf8");
  console.log(told);
  try {
    const { claims } = JSON.parse(told);
    const broken = claims
      .filter((claim) => !claim.kept)
      .map(({ claim }) => ({ file: main, name: `demo ${attempt}`, text: claim }));
    const passed = claims.length - broken.length;
    return { ok: status === 0, passed, failed: broken.length, broken };
  } catch (error) {
    const text = `${error.message}, exit code ${status}: ${told.slice(0, 500)}`;
    return { ok: false, broken: [{ file: main, name: `demo ${attempt}`, text }] };
  }
}

async function libp2p(lane) {
  const file = join(cache, "libp2p.json");
  const runner = join(root, "test", "conformance", "libp2p", "run.mjs");
  const status = await run(process.execPath, [runner, file], {
    lane,
    env: { ...process.env, PEERNET_NODE22: nodeOf(22) },
  });
  if (!existsSync(file)) return { ok: status === 0, skipped: 1 };
  const report = JSON.parse(readFileSync(file, "utf8"));
  const { passes, failures: failed, pending } = report.stats;
  failures.push(
    ...report.failures.map(({ fullTitle, err }) => ({
      file: runner,
      name: fullTitle,
      text: String(err.message),
    })),
  );
  return { ok: status === 0 && passes > 0, passed: passes, failed, skipped: pending };
}

function tell(title, list) {
  for (const { file, name, text } of list) {
    console.log(`\n${title}: ${relative(root, file)} > ${name}\n${text}`);
  }
}

tell("Passed only at the second try", secondTries);
tell("Failed", failures);
if (broken.length > 0) console.log(`\nBroken: ${broken.join("; ")}`);
const skipped = totals.skipped > 0 ? `, ${totals.skipped} skipped` : "";
console.log(`${totals.passed} passed, ${totals.failed} failed${skipped}`);
process.exit(totals.failed > 0 || broken.length > 0 ? 1 : 0);
