import { execFile } from "node:child_process";
import { existsSync, readlinkSync } from "node:fs";
import { RESOLVECTL_MS } from "./limits.ts";

/** What ends so goes to our server; everything else stays where it goes today. */
export const DOMAINS: readonly string[] = ["peer.alt"];

/** Runs `resolvectl`; whether that went well. */
export type RunResolvectl = (words: readonly string[]) => Promise<boolean>;

const runResolvectl: RunResolvectl = (words) =>
  new Promise((done) => {
    const options = { timeout: RESOLVECTL_MS, killSignal: "SIGKILL" } as const;
    execFile("resolvectl", words, options, (error) => done(error === null));
  });

/**
 * Whether systemd-resolved runs, we may set it up, and it means the same by the number of an
 * interface: from another network namespace we would change an interface of the machine's.
 */
export function hasResolved(): boolean {
  if (process.geteuid?.() !== 0 || !existsSync("/run/systemd/resolve")) return false;
  try {
    return readlinkSync("/proc/1/ns/net") === readlinkSync("/proc/self/ns/net");
  } catch {
    return false;
  }
}

/**
 * Lets systemd-resolved ask `server` about names of contacts, and only about these. It forgets
 * that when the interface ceases to be. Whether it went well.
 */
export async function hookResolved(
  interfaceName: string,
  server: string,
  run: RunResolvectl = runResolvectl,
  domains: readonly string[] = DOMAINS,
): Promise<boolean> {
  const hooked =
    (await run(["dns", interfaceName, server])) &&
    (await run(["domain", interfaceName, ...domains.map((each) => `~${each}`)]));
  if (!hooked) {
    await unhookResolved(interfaceName, run);
    return false;
  }
  // Older ones lack some of these and do without: never for other names, no signatures, no TLS.
  for (const [setting, value] of [
    ["default-route", "no"],
    ["dnssec", "no"],
    ["dnsovertls", "no"],
    ["llmnr", "no"],
    ["mdns", "no"],
  ] as const) {
    await run([setting, interfaceName, value]);
  }
  return true;
}

/** Takes it back. */
export async function unhookResolved(
  interfaceName: string,
  run: RunResolvectl = runResolvectl,
): Promise<void> {
  await run(["revert", interfaceName]);
}
