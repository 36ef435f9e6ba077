import { readdirSync, readFileSync, writeFileSync } from "node:fs";

/** The value of a setting of the kernel, such as "net/ipv4/ip_forward"; "" where it has none. */
export function readSysctl(name: string): string {
  try {
    return readFileSync(`/proc/sys/${name}`, "utf8").trim();
  } catch {
    return "";
  }
}

/** Sets one; false where the system does not let us, as with a read-only /proc. */
export function setSysctl(name: string, value: string): boolean {
  if (readSysctl(name) === value) return true;
  try {
    writeFileSync(`/proc/sys/${name}`, value);
    return true;
  } catch {
    return false;
  }
}

/** Names below a folder of settings, such as the interfaces of "net/ipv6/conf". */
export function listSysctl(folder: string): string[] {
  try {
    return readdirSync(`/proc/sys/${folder}`);
  } catch {
    return [];
  }
}
