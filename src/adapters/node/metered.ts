import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";

/** How often the system is asked whether its line costs by the byte, in milliseconds. */
const ASK_EVERY_MS = 60_000;
/** How long it may take to answer, in milliseconds. */
const ANSWER_MS_MAX = 5_000;

/** What the system is asked by. */
export interface SystemQuestions {
  /** The text of a file. */
  read(path: string): Promise<string>;
  /** What a program prints. */
  run(name: string, words: readonly string[]): Promise<string>;
}

const SYSTEM: SystemQuestions = {
  read: (path) => readFile(path, "utf8"),
  run: async (name, words) => {
    const { stdout } = await promisify(execFile)(name, [...words], { timeout: ANSWER_MS_MAX });
    return stdout;
  },
};

/**
 * Whether NetworkManager says that the interface of the default route is metered; undefined where
 * there is no NetworkManager, no default route, or no answer.
 */
export async function systemSaysMetered(
  system: SystemQuestions = SYSTEM,
): Promise<boolean | undefined> {
  try {
    // /proc/net/route: interface, destination (hexadecimal), and more.
    const lines = (await system.read("/proc/net/route")).split("\n").slice(1);
    const routes = lines.map((line) => line.split("\t"));
    const device = routes.find(([, destination]) => destination === "00000000")?.[0];
    if (device === undefined) return undefined;
    const words = ["-t", "-f", "GENERAL.METERED", "device", "show", device];
    const answer = await system.run("nmcli", words);
    // "yes (guessed)" is a yes: a phone's hotspot is found out by guessing alone.
    const [, says] = /^GENERAL\.METERED:(yes|no)\b/m.exec(answer) ?? [];
    return says === undefined ? undefined : says === "yes";
  } catch {
    return undefined;
  }
}

/**
 * Tells now and at every change whether the line costs by the byte.
 * @param setting what the owner has written down; undefined: the system is asked now and then
 * @returns stops it
 */
export function watchMetered(
  setting: boolean | undefined,
  onChange: (isMetered: boolean) => void,
  system: SystemQuestions = SYSTEM,
): () => void {
  if (setting !== undefined) {
    onChange(setting);
    return () => undefined;
  }
  if (process.platform !== "linux") return () => undefined;
  let known = false;
  let isOver = false;
  const ask = async (): Promise<void> => {
    const says = (await systemSaysMetered(system)) ?? false;
    if (isOver || says === known) return;
    known = says;
    onChange(says);
  };
  void ask();
  const timer = setInterval(() => void ask(), ASK_EVERY_MS);
  timer.unref();
  return () => {
    isOver = true;
    clearInterval(timer);
  };
}
