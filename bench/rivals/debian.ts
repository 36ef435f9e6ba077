import { spawnSync } from "node:child_process";

/** The version of an installed Debian package, or null. */
export function installedPackage(name: string): string | null {
  const query = spawnSync("dpkg", ["-s", name]);
  const text = query.status === 0 ? query.stdout.toString() : "";
  if (!text.includes("\nStatus: install ok installed\n")) return null;
  return /^Version: (.+)$/m.exec(text)?.[1] ?? null;
}

/** The version of a Debian package, after trying to install it where we may; null without it. */
export function debianPackage(name: string): string | null {
  const version = installedPackage(name);
  if (version !== null || process.getuid?.() !== 0) return version;
  spawnSync("apt-get", ["install", "-y", "--no-install-recommends", name], { stdio: "ignore" });
  return installedPackage(name);
}
