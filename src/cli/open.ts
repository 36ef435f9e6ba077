import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

/** Whether there is a person with a screen: a terminal, a display, no CI. */
export function hasScreen(): boolean {
  if (process.env["CI"] !== undefined || process.stderr.isTTY !== true) return false;
  if (process.platform === "darwin" || process.platform === "win32") return true;
  return process.env["DISPLAY"] !== undefined || process.env["WAYLAND_DISPLAY"] !== undefined;
}

/**
 * Opens the console in the person's browser. The address with its token goes through a file that
 * only this person can read: process arguments are seen by everybody on the machine. Failing
 * quietly is fine, the address is printed anyway.
 */
export function openConsole(home: string, consoleUrl: string): void {
  const page = join(home, "console.html");
  try {
    writeFileSync(page, redirectTo(consoleUrl), { mode: 0o600 });
  } catch {
    return;
  }
  openInBrowser(pathToFileURL(page).href);
}

/** A page that goes on to `url`. */
export function redirectTo(url: string): string {
  const safe = url.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;");
  return `<!doctype html><meta charset="utf-8"><title>Peernet</title><meta http-equiv="refresh" content="0;url=${safe}">\n`;
}

function openInBrowser(url: string): void {
  const [command, ...words] =
    process.platform === "darwin"
      ? ["open", url]
      : process.platform === "win32"
        ? ["rundll32", "url.dll,FileProtocolHandler", url]
        : ["xdg-open", url];
  if (command === undefined) return;
  const child = spawn(command, words, { stdio: "ignore", detached: true });
  child.on("error", () => undefined);
  child.unref();
}
