import { spawn } from "node:child_process";

/** Whether there is a person with a screen: a terminal, a display, no CI. */
export function hasScreen(): boolean {
  if (process.env["CI"] !== undefined || process.stderr.isTTY !== true) return false;
  if (process.platform === "darwin" || process.platform === "win32") return true;
  return process.env["DISPLAY"] !== undefined || process.env["WAYLAND_DISPLAY"] !== undefined;
}

/** Opens a page in the person's browser; failing quietly is fine, the URL is printed anyway. */
export function openInBrowser(url: string): void {
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
