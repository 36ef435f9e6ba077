import { BlockList, isIP, isIPv4 } from "node:net";
import { type NetworkInterfaceInfo, networkInterfaces } from "node:os";
import type { Endpoint } from "../../ports/index.ts";
import { INTERFACES_MAX } from "./limits.ts";

/** Where a socket goes: `family` is 0 for a host name that must be looked up first. */
export interface HostPort {
  readonly host: string;
  readonly port: number;
  readonly family: 0 | 4 | 6;
}

/** Answers like `os.networkInterfaces`; injected in tests. */
export type InterfaceSource = () => Readonly<Record<string, NetworkInterfaceInfo[] | undefined>>;

/** One network interface of this machine that is up. */
export interface LocalInterface {
  readonly name: string;
  /** The system's number of it; 0 where it is unknown. */
  readonly index: number;
  readonly internal: boolean;
  readonly ipv4: readonly string[];
  /** Without those of link-local scope. */
  readonly ipv6: readonly string[];
  /** Its address of link-local scope (fe80::/10), without the zone. */
  readonly linkLocal: string | undefined;
  /** Its networks, such as "192.168.1.0/24". */
  readonly networks: readonly string[];
}

const ENDPOINT =
  /^([a-z]+):\/\/(?:\[([0-9a-fA-F:.]{2,45}(?:%[\w.-]{1,32})?)\]|([\w.-]{1,253})):(\d{1,5})$/;

/**
 * The parts of an endpoint such as `udp://[fe80::1%eth0]:4711`, or undefined where it is none of
 * this scheme. Port 0 ("any") is taken too: only listeners may use it.
 */
export function parseEndpoint(scheme: string, endpoint: Endpoint): HostPort | undefined {
  const match = ENDPOINT.exec(endpoint);
  if (match === null || match[1] !== scheme) return undefined;
  const [, , bracketed, plain, digits = ""] = match;
  const port = Number(digits);
  if (port > 65_535) return undefined;
  if (bracketed !== undefined) {
    return isIP(bracketed) === 6 ? { host: bracketed, port, family: 6 } : undefined;
  }
  const host = plain ?? "";
  if (isIPv4(host)) return { host, port, family: 4 };
  // A last label of digits only is a mistyped IPv4 address, never a name (RFC 3696 section 2).
  const named = /^[a-zA-Z0-9_](?:[\w.-]*[\w])?$/.test(host) && !/(?:^|\.)\d+$/.test(host);
  return named ? { host, port, family: 0 } : undefined;
}

/** The parts of an endpoint that can be dialled, so with a port; with a host name only where `byName`. */
export function diallable(
  scheme: string,
  endpoint: Endpoint,
  byName: boolean,
): HostPort | undefined {
  const target = parseEndpoint(scheme, endpoint);
  if (target === undefined || target.port === 0) return undefined;
  return byName || target.family !== 0 ? target : undefined;
}

/** The endpoint text of an address and port; IPv4 in IPv6 clothes (::ffff:…) is undressed. */
export function formatEndpoint(scheme: string, address: string, port: number): Endpoint {
  const plain =
    address.startsWith("::ffff:") && isIPv4(address.slice(7)) ? address.slice(7) : address;
  return plain.includes(":") ? `${scheme}://[${plain}]:${port}` : `${scheme}://${plain}:${port}`;
}

/** Whether Peernet itself made this interface: the mesh must not run through itself. */
export function isOwnInterface(name: string): boolean {
  return name.startsWith("peernet");
}

function readInterface(name: string, infos: readonly NetworkInterfaceInfo[]): LocalInterface {
  const ipv4 = infos.filter((info) => info.family === "IPv4").map((info) => info.address);
  const six = infos.filter((info) => info.family === "IPv6");
  const linkLocal = six.find((info) => /^fe[89ab]/i.test(info.address));
  return {
    name,
    index: linkLocal?.scopeid ?? 0,
    internal: infos.every((info) => info.internal),
    ipv4,
    ipv6: six.filter((info) => !/^fe[89ab]/i.test(info.address)).map((info) => info.address),
    linkLocal: linkLocal?.address,
    networks: infos.flatMap(({ cidr }) => (cidr === null ? [] : [cidr])),
  };
}

/** The interfaces that are up, without Peernet's own; none where the system refuses to tell. */
export function localInterfaces(source: InterfaceSource = networkInterfaces): LocalInterface[] {
  let found: ReturnType<InterfaceSource>;
  try {
    found = source();
  } catch {
    // Android tells programs without a permission nothing.
    return [];
  }
  return Object.entries(found)
    .filter(([name, infos]) => infos !== undefined && infos.length > 0 && !isOwnInterface(name))
    .map(([name, infos]) => readInterface(name, infos ?? []))
    .slice(0, INTERFACES_MAX);
}

/** Whether an address is on a network that this machine is attached to itself. */
export function isOnLink(interfaces: readonly LocalInterface[], host: string): boolean {
  const [address = "", zone] = host.split("%");
  if (zone !== undefined) return true;
  const family = isIPv4(address) ? "ipv4" : "ipv6";
  const list = new BlockList();
  for (const network of interfaces.flatMap((local) => local.networks)) {
    const [base = "", bits] = network.split("/");
    const kind = isIPv4(base) ? "ipv4" : "ipv6";
    list.addSubnet(base, Number(bits), kind);
  }
  return list.check(address, family);
}

/** Whether one of these interfaces has this address (without a zone). */
export function hasAddress(interfaces: readonly LocalInterface[], address: string): boolean {
  return interfaces.some(
    ({ ipv4, ipv6, linkLocal }) =>
      linkLocal === address || ipv4.includes(address) || ipv6.includes(address),
  );
}

/** Smaller is better for somebody elsewhere who wants to reach us. */
function rank(address: string): number {
  if (address.includes("%")) return 5;
  if (address.startsWith("169.254.")) return 4;
  if (address.includes(":")) return /^f[cd]/i.test(address) ? 3 : 0;
  return /^(?:10|192\.168|172\.(?:1[6-9]|2\d|3[01]))\./.test(address) ? 2 : 1;
}

/**
 * Addresses at which others may reach this machine, best first. Loopback only where there is
 * nothing else; link-local ones (with their zone) only where nothing better is there.
 */
export function reachableAddresses(interfaces: readonly LocalInterface[], family: 4 | 6): string[] {
  const pick = (internal: boolean) =>
    interfaces
      .filter((local) => local.internal === internal)
      .flatMap((local) => (family === 4 ? local.ipv4 : local.ipv6));
  const outside = pick(false).sort((a, b) => rank(a) - rank(b));
  if (outside.length > 0) return outside;
  if (family === 6) {
    const scoped = interfaces.flatMap((local) =>
      local.linkLocal === undefined || local.internal ? [] : [`${local.linkLocal}%${local.name}`],
    );
    if (scoped.length > 0) return scoped;
  }
  return pick(true);
}

/** Puts endpoints of several listeners into one list, best first, loopback only when alone. */
export function sortEndpoints(scheme: string, found: readonly HostPort[]): Endpoint[] {
  const outside = found.filter(({ host }) => host !== "::1" && !host.startsWith("127."));
  const kept = [...(outside.length > 0 ? outside : found)].sort(
    (a, b) => rank(a.host) - rank(b.host),
  );
  return [...new Set(kept.map(({ host, port }) => formatEndpoint(scheme, host, port)))];
}
