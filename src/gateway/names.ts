import { toHex } from "../base/bytes.ts";
import { type PeerId, parseAddress } from "../identity/index.ts";
import { parseIp } from "./addresses.ts";
import { introducedForms, petnameForms } from "./name-index.ts";
import type { Wanted } from "./opening.ts";
import { fromPunycode } from "./punycode.ts";
import type { Meant, People } from "./types.ts";
import { isLabel } from "./who.ts";

/** Names of peers end so (RFC 9476: never in the public DNS). */
export const PEER_SUFFIX = ".peer.alt";

/** What a host and a port mean here. */
export type Target =
  /** Devices of one peer or person, nearest first; `who` is the name for people. */
  | {
      readonly t: "peer";
      readonly who: string;
      readonly devices: readonly PeerId[];
      readonly wanted: Wanted;
    }
  | { readonly t: "internet"; readonly host: string; readonly port: number }
  | { readonly t: "unknown"; readonly who: string };

/** The ending where a machine wants it shorter; nothing reserves it, so nobody has it unasked. */
export const SHORT_SUFFIX = ".peer";

/** The endings that names of peers have on this machine. */
export function suffixesOf(people: People): readonly string[] {
  return people.hasShortSuffix === true ? [PEER_SUFFIX, SHORT_SUFFIX] : [PEER_SUFFIX];
}

/**
 * What a program means by a host and a port: `anna`, `anna.peer.alt`, `web.anna.peer.alt`, an
 * address of fd00::/8, or a host of the internet.
 */
export function targetOf(people: People, host: string, port: number): Target {
  const name = host
    .normalize("NFC")
    .toLowerCase()
    .replace(/\.$/, "")
    .replace(/^\[(.*)\]$/, "$1");
  const address = deviceWith(people, name);
  const wanted: Wanted = { t: "port", port };
  if (address !== undefined) return { t: "peer", who: host, devices: [address], wanted };
  const bare = withoutSuffix(people, name);
  if (bare !== undefined) return ofLabels(people, bare.split("."), wanted);
  const isBare = name !== "" && !name.includes(".") && !name.includes(":");
  return isBare ? ofLabels(people, [name], wanted) : { t: "internet", host: name, port };
}

/**
 * The same for what a person types: a contact, an address, `<member>.<group>` or
 * `<name>.<introducer>`, and a port or a service.
 */
export function targetOfWords(people: People, who: string, wanted: Wanted): Target {
  const address = deviceWith(people, who.replace(/^\[(.*)\]$/, "$1"));
  if (address !== undefined) return { t: "peer", who, devices: [address], wanted };
  const meant = meantByWords(people, who);
  if (meant !== undefined) return { t: "peer", ...meant, wanted };
  const person = people.resolve(who);
  return {
    t: "peer",
    who: people.nameOf(person) ?? who,
    devices: people.devicesOf(person),
    wanted,
  };
}

/** The device with that address, its own one or one in a group's network; undefined where the text is none. */
function deviceWith(people: People, text: string): PeerId | undefined {
  const own = parseAddress(text);
  if (own !== undefined) return own;
  const bytes = parseIp(text);
  return bytes?.length === 16 ? people.networks?.deviceOf(toHex(bytes)) : undefined;
}

function ofLabels(people: People, labels: readonly string[], port: Wanted): Target {
  const reversed = [...labels].reverse();
  const found = meantByLabels(people, reversed);
  const [service, ...more] = found?.before ?? [];
  const isService = service !== undefined && isLabel(service);
  if (found === undefined || more.length > 0 || (service !== undefined && !isService)) {
    return { t: "unknown", who: reversed[0] ?? "" };
  }
  const wanted: Wanted = isService ? { t: "service", name: service } : port;
  const { who, devices } = found.meant;
  return { t: "peer", who, devices, wanted };
}

/** The name before the ending that names of peers have here; undefined where it has none. */
function withoutSuffix(people: People, name: string): string | undefined {
  const suffix = suffixesOf(people).find((each) => name.endsWith(each));
  return suffix === undefined ? undefined : name.slice(0, -suffix.length);
}

/** Whom a name means, and what stands before that. */
export interface Found {
  readonly meant: Meant;
  /** Labels before the name, from right to left: a service, or nothing. */
  readonly before: readonly string[];
}

/**
 * Whom labels mean, from right to left: a contact; whom a contact introduced, by that contact's
 * word (`doctor.anna`); a group's member (`cleo.coop`). A contact goes before a group of the same
 * name, as in rules, and somebody introduced before a service of the same name.
 */
export function meantByLabels(
  people: People,
  [who = "", next, ...rest]: readonly string[],
): Found | undefined {
  const contact = meantBy(people, who);
  const other = next === undefined ? undefined : introducedAs(people, contact, next);
  if (other !== undefined) return { meant: other, before: rest };
  if (contact !== undefined) {
    return { meant: contact, before: next === undefined ? [] : [next, ...rest] };
  }
  const member = next === undefined ? undefined : inGroup(people, who, next);
  return member && { meant: member, before: rest };
}

/** Whom the contact introduced and called so; undefined where there is nobody, or several. */
function introducedAs(people: People, by: Meant | undefined, label: string): Meant | undefined {
  if (by?.person === undefined) return undefined;
  const person = introducedForms(people).get(by.person)?.get(plain(label));
  if (person === undefined || person === "several") return undefined;
  const who = people.nameOf(person);
  return who === undefined ? undefined : { who, devices: people.devicesOf(person), person };
}

/**
 * Whom `anna.coop` or `doctor.anna` means, also with what names of peers end with; undefined for
 * any other text.
 */
export function meantByWords(people: People, text: string): Meant | undefined {
  const name = text.toLowerCase();
  const [label, owner, ...more] = (withoutSuffix(people, name) ?? name).split(".");
  if (label === undefined || owner === undefined || more.length > 0) return undefined;
  return introducedAs(people, meantBy(people, owner), label) ?? inGroup(people, owner, label);
}

/** Whom `<label>.<group>` means. */
export function inGroup(people: People, group: string, label: string): Meant | undefined {
  return label === "" ? undefined : people.inGroup?.(group, label);
}

/**
 * Whom the label before `.peer.alt` means: a contact with that name and no other, or a peer by its
 * address, 32 digits or with hyphens in place of the colons.
 */
export function meantBy(people: People, label: string): Meant | undefined {
  const address = parseAddress(label.replaceAll("-", ":"));
  if (address !== undefined) return { who: label, devices: [address] };
  const named = petnameForms(people).get(plain(label));
  if (named === undefined || named === "several") return undefined;
  const { petname, person } = named;
  return { who: petname, devices: people.devicesOf(person), person };
}

/** A label as people write it. */
function plain(label: string): string {
  return fromPunycode(label).normalize("NFC");
}
