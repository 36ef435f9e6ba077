// The steps of .ci/run. Installs what they need (Debian packages as root, Node 22 from the npm
// registry), runs them all even when one fails, and counts tests over all steps.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { root } from "./ensure.mjs";

const cache = join(root, ".cache", "ci");
rmSync(cache, { recursive: true, force: true });
mkdirSync(cache, { recursive: true });
const isRoot = process.getuid?.() === 0;
const vitest = join(root, "node_modules", "vitest", "vitest.mjs");
const main = join(root, "dist", "cli", "main.js");
const totals = { passed: 0, failed: 0, skipped: 0 };
const broken = [];
/** Figures are left out on machines so slow that the tests alone take as long. */
const BENCH_MINUTES_MAX = 18;

function run(command, args, options = {}) {
  return spawnSync(command, args, { cwd: root, stdio: "inherit", ...options });
}

/** Runs a step that counts for itself; a bad exit code counts as at least one failure. */
function step(title, action) {
  const startMs = performance.now();
  console.log(`\n=== ${title}`);
  const { ok, passed = 0, failed = 0, skipped = 0 } = action();
  totals.passed += passed;
  totals.failed += ok ? failed : Math.max(1, failed);
  totals.skipped += skipped;
  if (!ok || failed > 0) broken.push(title);
  const seconds = ((performance.now() - startMs) / 1000).toFixed(1);
  console.log(
    `=== ${title}: ${passed} passed, ${failed} failed, ${skipped} skipped in ${seconds} s`,
  );
}

/** Runs vitest and reads how many tests passed; where skips are not allowed they count as failures. */
function vitestStep(name, command, args, { skipsFail = false } = {}) {
  const file = join(cache, `${name}.json`);
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${file}`];
  const { status } = run(command, [...args, ...reporters]);
  if (!existsSync(file)) return { ok: false };
  const report = JSON.parse(readFileSync(file, "utf8"));
  const skipped = report.numPendingTests + report.numTodoTests;
  return {
    ok: status === 0 && report.numPassedTests > 0 && !(skipsFail && skipped > 0),
    passed: report.numPassedTests,
    failed: report.numFailedTests + (skipsFail ? skipped : 0),
    skipped: skipsFail ? 0 : skipped,
  };
}

function debianPackages(...names) {
  if (!isRoot) return;
  const missing = names.filter(
    (name) => run("dpkg", ["-s", name], { stdio: "ignore" }).status !== 0,
  );
  if (missing.length === 0) return;
  const environment = { env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" } };
  run("apt-get", ["update", "-qq"], environment);
  run("apt-get", ["install", "-y", "-qq", "--no-install-recommends", ...missing], environment);
}

function node22() {
  const folder = join(root, ".cache", "node22");
  const binary = join(folder, "node_modules", "node", "bin", "node");
  if (!existsSync(binary)) {
    mkdirSync(folder, { recursive: true });
    const quiet = ["--no-audit", "--no-fund", "--loglevel=error"];
    run("npm", ["install", "--prefix", folder, ...quiet, "node@22"]);
  }
  return binary;
}

step("npm test", () => vitestStep("unit", "npm", ["test", "--"]));
/**
 * Rooms that touch nothing of Node, which a rule holds them to, and take long: `npm test` has seen
 * them on the oldest Node, and another version runs them alike.
 */
const PURE_AND_SLOW = [
  ...["simulation", "session", "routing", "link", "messages", "folders"],
  ...["store", "feed", "contacts", "gateway", "devices", "groups", "media", "money"],
];
step("unit tests on Node 22", () => {
  const binary = node22();
  if (!existsSync(binary)) return { ok: false };
  const left = PURE_AND_SLOW.map((room) => `--exclude=src/${room}/**`);
  return vitestStep("unit-node22", binary, [vitest, "run", ...left, "--exclude=test/tidy/**"]);
});
debianPackages(
  ...["iproute2", "iputils-ping", "chromium"],
  ...["openssh-server", "openssh-client", "git", "curl", "iperf3", "dnsutils"],
);
step("network namespaces", () =>
  vitestStep("netns", process.execPath, [vitest, "run", "--config", "vitest.netns.config.ts"], {
    skipsFail: isRoot,
  }),
);
step("browser", () =>
  vitestStep("browser", process.execPath, [vitest, "run", "--config", "vitest.browser.config.ts"], {
    skipsFail: isRoot,
  }),
);
step("command line", () =>
  vitestStep("cli", process.execPath, [vitest, "run", "--config", "vitest.cli.config.ts"]),
);
step("suites of libp2p and IPFS on Node 22", () => {
  const file = join(cache, "libp2p.json");
  const runner = join(root, "test", "conformance", "libp2p", "run.mjs");
  const { status } = run(process.execPath, [runner, file], {
    env: { ...process.env, PEERNET_NODE22: node22() },
  });
  if (!existsSync(file)) return { ok: status === 0, skipped: 1 };
  const { passes, failures, pending } = JSON.parse(readFileSync(file, "utf8")).stats;
  const ok = status === 0 && passes > 0;
  return { ok, passed: passes, failed: failures, skipped: pending };
});
debianPackages("litmus", "rclone", "restic");
step("outside programs", () =>
  vitestStep("outside", process.execPath, [vitest, "run", "--config", "vitest.outside.config.ts"], {
    skipsFail: isRoot,
  }),
);
step("killed processes", () =>
  vitestStep("crash", process.execPath, [vitest, "run", "--config", "vitest.crash.config.ts"]),
);
step("demo", () => {
  const { status, stdout } = run(process.execPath, [main, "demo", "--seed", "1", "--json"], {
    stdio: ["ignore", "pipe", "inherit"],
    encoding: "utf8",
  });
  console.log(stdout);
  try {
    const { claims } = JSON.parse(stdout);
    const passed = claims.filter((claim) => claim.kept).length;
    return { ok: status === 0, passed, failed: claims.length - passed };
  } catch {
    return { ok: false };
  }
});
step(
  "bench (figures only, other meshes left out; judge them with --strict on a quiet machine)",
  () => {
    const minutes = performance.now() / 60_000;
    if (minutes > BENCH_MINUTES_MAX) {
      console.log(`SKIPPED: ${minutes.toFixed(0)} minutes have passed; all has to end within 30`);
      return { ok: true, skipped: 1 };
    }
    const { status } = run(process.execPath, [join(root, "scripts", "bench.mjs"), "all"], {
      env: { ...process.env, PEERNET_RIVALS: "0" },
    });
    return { ok: status === 0 };
  },
);

if (broken.length > 0) console.log(`\nBroken: ${broken.join("; ")}`);
const skipped = totals.skipped > 0 ? `, ${totals.skipped} skipped` : "";
console.log(`${totals.passed} passed, ${totals.failed} failed${skipped}`);
process.exit(totals.failed > 0 || broken.length > 0 ? 1 : 0);
