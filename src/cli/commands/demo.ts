import { randomInt } from "node:crypto";
import type { Command, CommandContext } from "../command.ts";
import type { DemoPeer } from "../demo/neighbourhood.ts";
import { CliError, EXIT } from "../errors.ts";
import { openConsole } from "../open.ts";

/** `peernet demo` */
export const demoCommand: Command = {
  name: "demo",
  usage: "",
  summary: "a whole neighbourhood of 12 peers on this machine, told live",
  details:
    "Starts 12 real peers, lets them meet, write, store a file, kills a third of them and brings\n" +
    "them back. Prints what it measured; fails if any claim of the story fails. Takes < 60 s.",
  options: {
    seed: {
      type: "string",
      value: "N",
      help: "picks the wiring and the victims (default: random)",
    },
    open: {
      type: "boolean",
      help: "open the console's map on the first peer and stay until Ctrl-C",
    },
  },
  positionals: [0, 0],
  run,
};

async function run(context: CommandContext): Promise<number> {
  const [{ makePeers }, { Report }, { tellStory }, { seededDraw, wireNeighbourhood }] =
    await Promise.all([
      import("../demo/neighbourhood.ts"),
      import("../demo/report.ts"),
      import("../demo/story.ts"),
      import("../demo/wiring.ts"),
    ]);
  const { output } = context;
  const seed = seedOf(context.arguments.text("seed"));
  const draw = seededDraw(seed);
  const report = new Report(output);
  const { peers, remove } = makePeers();
  const interrupted = new AbortController();
  const onSignal = (): void => interrupted.abort();
  process.once("SIGINT", onSignal);
  process.once("SIGTERM", onSignal);
  let failure: string | undefined;
  try {
    output.say(`A neighbourhood of ${peers.length} peers; repeat this one with --seed ${seed}`);
    const edges = wireNeighbourhood(peers.length, draw);
    const story = tellStory({ peers, edges, draw, report });
    if (context.arguments.flag("open")) void showMap(peers[0]);
    await Promise.race([story, failWhenAborted(interrupted.signal)]);
    if (context.arguments.flag("open")) await stayOpen(interrupted.signal, output.say);
  } catch (error) {
    if (!interrupted.signal.aborted || !report.allKept) {
      failure = error instanceof Error ? error.message : String(error);
      report.claim(failure, false);
    }
  } finally {
    await Promise.all(peers.map((peer) => peer.stop()));
    remove();
    process.off("SIGINT", onSignal);
    process.off("SIGTERM", onSignal);
  }
  const seconds = Math.round(report.elapsedMs / 100) / 10;
  const { figures, claims } = report;
  output.result({ seed, seconds, ok: report.allKept, figures, claims }, () =>
    report.allKept
      ? `\nAll ${claims.length} claims kept in ${seconds} s.`
      : `\nBroken: ${claims
          .filter((claim) => !claim.kept)
          .map((claim) => claim.claim)
          .join("; ")}`,
  );
  return report.allKept ? EXIT.ok : EXIT.failed;
}

function seedOf(text: string | undefined): number {
  if (text === undefined) return randomInt(2 ** 31);
  const seed = Number(text);
  if (Number.isSafeInteger(seed) && seed >= 0) return seed;
  throw new CliError("usage", `--seed needs a whole number, not '${text}'.`);
}

function failWhenAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener("abort", () =>
      reject(new CliError("failed", "The demo was interrupted.")),
    );
  });
}

async function showMap(peer: DemoPeer | undefined): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    try {
      if (peer !== undefined) openConsole(peer.home, `${peer.up.consoleUrl}&view=map`);
      return;
    } catch {
      // not up yet
    }
  }
}

async function stayOpen(signal: AbortSignal, say: (text: string) => void): Promise<void> {
  say("\nThe neighbourhood stays up for the console; Ctrl-C ends it.");
  await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
}
