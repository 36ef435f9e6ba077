import { type PeerId, parseAddress } from "../identity/index.ts";
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

/** The form in which a petname can be part of a host name: "Anna Maria" is `anna-maria`. */
export function hostForm(petname: string): string {
  return petname
    .normalize("NFC")
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, "-")
    .replace(/^-+|-+$/g, "");
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
  const address = parseAddress(name);
  const wanted: Wanted = { t: "port", port };
  if (address !== undefined) return { t: "peer", who: host, devices: [address], wanted };
  if (name.endsWith(PEER_SUFFIX)) {
    return ofLabels(people, name.slice(0, -PEER_SUFFIX.length).split("."), wanted);
  }
  const isBare = name !== "" && !name.includes(".") && !name.includes(":");
  return isBare ? ofLabels(people, [name], wanted) : { t: "internet", host: name, port };
}

/**
 * The same for what a person types: a contact, an address or `<member>.<group>`, and a port or a
 * service.
 */
export function targetOfWords(people: People, who: string, wanted: Wanted): Target {
  const address = parseAddress(who.replace(/^\[(.*)\]$/, "$1"));
  if (address !== undefined) return { t: "peer", who, devices: [address], wanted };
  const meant = inGroupByWords(people, who);
  if (meant !== undefined) return { t: "peer", ...meant, wanted };
  const person = people.resolve(who);
  return {
    t: "peer",
    who: people.nameOf(person) ?? who,
    devices: people.devicesOf(person),
    wanted,
  };
}

function ofLabels(people: People, labels: readonly string[], port: Wanted): Target {
  const [who = "", ...before] = [...labels].reverse();
  const contact = meantBy(people, who);
  // A contact goes before a group of the same name, as in rules.
  const [member = "", ...rest] = contact === undefined ? before : [];
  const meant = contact ?? inGroup(people, who, member);
  const [service, ...more] = contact === undefined ? rest : before;
  const isService = service !== undefined && isLabel(service);
  if (meant === undefined || more.length > 0 || (service !== undefined && !isService)) {
    return { t: "unknown", who };
  }
  const wanted: Wanted = isService ? { t: "service", name: service } : port;
  return { t: "peer", ...meant, wanted };
}

/** Whom `anna.coop` means, also with what names of peers end with; undefined for any other text. */
export function inGroupByWords(people: People, text: string): Meant | undefined {
  const name = text.toLowerCase();
  const bare = name.endsWith(PEER_SUFFIX) ? name.slice(0, -PEER_SUFFIX.length) : name;
  const [label, group, ...more] = bare.split(".");
  if (label === undefined || group === undefined || more.length > 0) return undefined;
  return inGroup(people, group, label);
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
  const form = fromPunycode(label).normalize("NFC");
  const found = [...people.names()].filter(([petname]) => hostForm(petname) === form);
  const [only] = found;
  if (only === undefined || found.length > 1 || form === "") return undefined;
  return { who: only[0], devices: people.devicesOf(only[1]) };
}
