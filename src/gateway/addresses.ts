import { GatewayError } from "./errors.ts";

const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/;
const GROUPS = 8;

/** A range of addresses: those that agree with `bytes` in the first `bits` bits. */
export interface AddressRange {
  readonly bytes: Uint8Array;
  readonly bits: number;
}

/** The 4 or 16 bytes of an address as text; undefined where it is none (names, zones). */
export function parseIp(text: string): Uint8Array | undefined {
  if (IPV4.test(text)) return Uint8Array.from(text.split("."), Number);
  const tail = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text);
  if (tail === null) return parseIpv6(text);
  const [, head = "", dotted = ""] = tail;
  if (!IPV4.test(dotted)) return undefined;
  const [a = 0, b = 0, c = 0, d = 0] = dotted.split(".").map(Number);
  return parseIpv6(`${head}${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`);
}

/** RFC 4291 section 2.2, forms 1 and 2. */
function parseIpv6(text: string): Uint8Array | undefined {
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const [head = [], tail = []] = halves.map((half) => (half === "" ? [] : half.split(":")));
  const missing = GROUPS - head.length - tail.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  const groups = [...head, ...Array<string>(missing).fill("0"), ...tail];
  if (!groups.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return undefined;
  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  for (const [at, group] of groups.entries()) view.setUint16(at * 2, Number.parseInt(group, 16));
  return bytes;
}

/**
 * A range such as `192.168.1.0/24`, or one address.
 * @throws GatewayError("bad-rule")
 */
export function parseRange(text: string): AddressRange {
  const [address = "", length] = text.trim().split("/");
  const bytes = parseIp(address);
  const most = (bytes?.length ?? 0) * 8;
  const bits = length === undefined ? most : Number(length);
  const fits = /^\d+$/.test(length ?? "0") && bits <= most;
  if (bytes !== undefined && fits) return { bytes, bits };
  throw new GatewayError(
    "bad-rule",
    `'${text}' is no range of addresses. Write one such as 192.168.1.0/24.`,
  );
}

/** Whether an address lies in a range; IPv4 addresses written as IPv6 count as IPv4. */
export function isInRange(address: Uint8Array, range: AddressRange): boolean {
  const bytes = unmapped(address);
  if (bytes.length !== range.bytes.length) return false;
  for (let bit = 0; bit < range.bits; bit += 8) {
    const mask = 0xff & (0xff << Math.max(0, 8 - (range.bits - bit)));
    if ((((bytes[bit >> 3] ?? 0) ^ (range.bytes[bit >> 3] ?? 0)) & mask) !== 0) return false;
  }
  return true;
}

/** What is not the internet (IANA special-purpose address registries; RFC 6890). */
const SPECIAL_4 = [
  ...["0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16"],
  ...["172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16"],
  ...["198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"],
].map(parseRange);
/** Within global unicast: Teredo and other protocols, documentation. */
const SPECIAL_6 = ["2001::/23", "2001:db8::/32", "3fff::/20"].map(parseRange);
const GLOBAL_6 = parseRange("2000::/3");
const MAPPED = parseRange("::ffff:0:0/96");
const NAT64 = parseRange("64:ff9b::/96");
const SIX_TO_FOUR = parseRange("2002::/16");

function unmapped(address: Uint8Array): Uint8Array {
  return isPlainlyIn(address, MAPPED) ? address.subarray(12) : address;
}

function isPlainlyIn(address: Uint8Array, { bytes, bits }: AddressRange): boolean {
  if (address.length !== bytes.length) return false;
  return address.subarray(0, bits >> 3).every((byte, at) => byte === bytes[at]);
}

/**
 * One spelling for all of an address, zone or not, IPv4 inside IPv6 or not; undefined where the
 * text is none. For comparing, not for dialling.
 */
export function canonicalIp(text: string): string | undefined {
  const address = parseIp(text.split("%")[0] ?? "");
  return address && unmapped(address).join(".");
}

/**
 * Whether an address belongs to the internet: not to this machine, a local network, a provider's
 * inside, a group of receivers, or a document. IPv4 addresses inside IPv6 ones are judged too.
 */
export function isInternet(text: string): boolean {
  const address = parseIp(text);
  return address !== undefined && isInternetAddress(address);
}

/** The same for the 4 or 16 bytes of an address. */
export function isInternetAddress(address: Uint8Array): boolean {
  const bytes = unmapped(address);
  if (bytes.length === 4) return !SPECIAL_4.some((range) => isInRange(bytes, range));
  if (isPlainlyIn(bytes, NAT64)) return isInternetAddress(bytes.subarray(12));
  if (isPlainlyIn(bytes, SIX_TO_FOUR)) return isInternetAddress(bytes.subarray(2, 6));
  return isInRange(bytes, GLOBAL_6) && !SPECIAL_6.some((range) => isInRange(bytes, range));
}
