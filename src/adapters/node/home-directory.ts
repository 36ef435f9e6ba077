import { homedir } from "node:os";
import { join, resolve } from "node:path";

/**
 * The home directory to use: the one given, else `PEERNET_HOME`, else where this system keeps a
 * program's data.
 */
export function resolveHome(
  given?: string,
  environment: Readonly<Record<string, string | undefined>> = process.env,
  platform: NodeJS.Platform = process.platform,
  userHome: string = homedir(),
): string {
  const set = (name: string): string | undefined => environment[name] || undefined;
  const chosen = given || set("PEERNET_HOME");
  if (chosen !== undefined) return resolve(chosen);
  if (platform === "darwin") return join(userHome, "Library", "Application Support", "Peernet");
  if (platform === "win32") {
    return join(set("LOCALAPPDATA") ?? join(userHome, "AppData", "Local"), "Peernet");
  }
  return join(set("XDG_DATA_HOME") ?? join(userHome, ".local", "share"), "peernet");
}
