import { readFileSync } from "node:fs";
import { isIP, isIPv4 } from "node:net";

/** Where systems write which servers they ask for names; the first with a usable one counts. */
const FILES = ["/etc/resolv.conf", "/run/systemd/resolve/resolv.conf"];

/** Servers of names, one for each kind of address. */
export interface Resolvers {
  readonly resolver4: string | undefined;
  readonly resolver6: string | undefined;
}

/** Servers in the text of a resolv.conf that another machine's packets can be led to. */
export function resolversIn(text: string): Resolvers {
  const servers = text
    .split("\n")
    .map((line) => /^\s*nameserver\s+(\S+)/.exec(line)?.[1] ?? "")
    .filter((address) => isIP(address) !== 0 && !isOwn(address));
  return {
    resolver4: servers.find((address) => isIPv4(address)),
    resolver6: servers.find((address) => !isIPv4(address)),
  };
}

/** Loopback is not reached from outside; link-local addresses need an interface. */
function isOwn(address: string): boolean {
  return /^(127\.|0\.|::1$|::$|fe[89ab])/i.test(address);
}

/** The servers that this machine asks. */
export function findResolvers(read: (file: string) => string = readText): Resolvers {
  const found = FILES.map((file) => resolversIn(read(file)));
  return {
    resolver4: found.map(({ resolver4 }) => resolver4).find(Boolean),
    resolver6: found.map(({ resolver6 }) => resolver6).find(Boolean),
  };
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
