import { spawnSync } from "node:child_process";
import { AdapterError, systemCode } from "../errors.ts";

/** How long a program of the system may take, in milliseconds. */
const PROGRAM_MS_MAX = 10_000;
/** Bytes of what it says that are read. */
const OUTPUT_BYTES_MAX = 1 << 20;

const PACKAGES: Readonly<Record<string, string>> = { ip: "iproute2", nft: "nftables" };

/** What a program of the system ended with. */
export interface Ended {
  readonly isFine: boolean;
  readonly output: string;
  /** What it said about what went wrong, in one line. */
  readonly complaint: string;
}

/** Runs a program of the system to its end; never a shell. */
export type RunProgram = (name: string, words: readonly string[], input?: string) => Ended;

/**
 * Runs `ip` or `nft`, which root's usual places hold. Synchronous: they take milliseconds, and
 * nothing must happen between two halves of a switch.
 * @throws AdapterError("unsupported") where the program is missing
 */
export const runProgram: RunProgram = (name, words, input = "") => {
  const path = `${process.env["PATH"] ?? ""}:/usr/sbin:/sbin`;
  const ended = spawnSync(name, words, {
    input,
    encoding: "utf8",
    timeout: PROGRAM_MS_MAX,
    maxBuffer: OUTPUT_BYTES_MAX,
    env: { PATH: path, LC_ALL: "C" },
  });
  if (systemCode(ended.error) === "ENOENT") {
    throw new AdapterError(
      "unsupported",
      `A full tunnel needs the program '${name}', which is not there. Install it: ` +
        `sudo apt install ${PACKAGES[name] ?? name}. Or use the proxy, which needs nothing.`,
    );
  }
  const complaint = (ended.stderr || ended.error?.message || "").trim().split("\n", 1)[0] ?? "";
  return { isFine: ended.status === 0, output: ended.stdout ?? "", complaint };
};

/**
 * The same for what must work.
 * @throws AdapterError("unsupported" | "no-permission" | "io")
 */
export function mustRun(
  run: RunProgram,
  name: string,
  words: readonly string[],
  input?: string,
): string {
  const { isFine, output, complaint } = run(name, words, input);
  if (isFine) return output;
  if (/not permitted|permission denied/i.test(complaint)) {
    throw new AdapterError(
      "no-permission",
      `A full tunnel changes routes and filters, which only root may. Start the peer with sudo. ('${name}': ${complaint})`,
    );
  }
  throw new AdapterError(
    "io",
    `'${name}' refused what a full tunnel needs: ${complaint || "no reason given"}. ` +
      "The kernel may lack a part (nf_tables with nat, policy routing); the proxy needs none.",
  );
}
