import type { Endpoint } from "../ports/index.ts";

const WITH_ADDRESS =
  /^[a-z0-9+.-]+:\/\/(?:\[([0-9a-f:.]+)(?:%[^\]]*)?\]|(\d{1,3}(?:\.\d{1,3}){3})):\d+/i;
const MAPPED = /^::ffff:(\d{1,3}(?:\.\d{1,3}){3})$/i;
/** Words of an IPv6 address that name a site (RFC 6177): its first 48 bits. */
const SITE_WORDS = 3;

/**
 * The network that an endpoint lies in, as one line or one house has it: the first 24 bits of an
 * IPv4 address, the first 48 of an IPv6 one. Undefined for names and for addresses that are not of
 * the whole internet (RFC 6890): the same private ones are in every house.
 */
export function networkOf(endpoint: Endpoint): string | undefined {
  const [, six, four] = WITH_ADDRESS.exec(endpoint) ?? [];
  if (four !== undefined) return network4(four);
  if (six === undefined) return undefined;
  const mapped = MAPPED.exec(six)?.[1];
  return mapped === undefined ? network6(six) : network4(mapped);
}

function network4(address: string): string | undefined {
  const [a = 0, b = 0, c = 0] = address.split(".").map(Number);
  const isShared = a === 100 && b >= 64 && b < 128;
  const isPrivate = a === 10 || (a === 172 && b >= 16 && b < 32) || (a === 192 && b === 168);
  const isNearby = a === 0 || a === 127 || a >= 224 || (a === 169 && b === 254);
  return isShared || isPrivate || isNearby ? undefined : `${a}.${b}.${c}.0/24`;
}

function network6(address: string): string | undefined {
  const [head = "", tail] = address.toLowerCase().split("::");
  const words = head === "" ? [] : head.split(":");
  if (tail === undefined && words.length !== 8) return undefined;
  const site = Array.from({ length: SITE_WORDS }, (_, i) => Number.parseInt(words[i] ?? "0", 16));
  // 2000::/3 is what the internet has.
  if ((site[0] ?? 0) >> 13 !== 1) return undefined;
  return `${site.map((word) => word.toString(16)).join(":")}::/48`;
}
