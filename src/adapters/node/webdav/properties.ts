import type { TreeEntry } from "../../../ports/file-tree.ts";
import { changedAtMs, etagOf } from "./conditions.ts";
import { contentTypeOf } from "./content-types.ts";
import type { DeadProperty } from "./dead-properties.ts";
import { addressOf, type Exchange } from "./exchange.ts";
import type { Lock } from "./locks.ts";
import { DAV, davElement, emptyElement, xmlText } from "./xml-writer.ts";

/** Name of a property. */
export interface PropertyName {
  readonly namespace: string;
  readonly name: string;
}

/** What a PROPFIND wants: everything, the names alone, or these. */
export type PropertyWish = "all" | "names" | readonly PropertyName[];

/** A file or folder with its path. */
export interface Found {
  readonly path: string;
  readonly entry: TreeEntry;
}

type LiveProperty = (exchange: Exchange, found: Found) => string | undefined;

const SUPPORTED_LOCK = ["exclusive", "shared"]
  .map((scope) =>
    davElement(
      "lockentry",
      davElement("lockscope", davElement(scope, "")) +
        davElement("locktype", davElement("write", "")),
    ),
  )
  .join("");

/** Content of the live properties (RFC 4918 section 15); undefined where one does not apply. */
const LIVE: Readonly<Record<string, LiveProperty>> = {
  displayname: ({ mount }, { path, entry }) => xmlText(path === "" ? mount.name : entry.name),
  getcontentlength: (_exchange, { entry }) =>
    entry.kind === "file" ? `${entry.sizeBytes}` : undefined,
  getcontenttype: (_exchange, { entry }) =>
    entry.kind === "file" ? xmlText(contentTypeOf(entry.name, entry.mediaType)) : undefined,
  getetag: (_exchange, { entry }) => etagOf(entry),
  getlastmodified: (_exchange, { entry }) => new Date(changedAtMs(entry)).toUTCString(),
  resourcetype: (_exchange, { entry }) =>
    entry.kind === "folder" ? davElement("collection", "") : "",
  supportedlock: () => SUPPORTED_LOCK,
  lockdiscovery: (exchange, { path }) => lockDiscovery(exchange, path),
};

/** Whether a property is the server's own: clients cannot set it. */
export function isLive({ namespace, name }: PropertyName): boolean {
  return namespace === DAV && (Object.hasOwn(LIVE, name) || name === "creationdate");
}

/** The locks that cover a path, as XML (RFC 4918 section 15.8). */
export function lockDiscovery(exchange: Exchange, path: string): string {
  const { locks } = exchange.mount;
  return locks
    .covering(path)
    .map((lock) => activeLock(exchange, lock, locks.remainingMs(lock)))
    .join("");
}

function activeLock(exchange: Exchange, lock: Lock, remainingMs: number): string {
  const href = (address: string): string => davElement("href", xmlText(address));
  return davElement(
    "activelock",
    [
      davElement("locktype", davElement("write", "")),
      davElement("lockscope", davElement(lock.isShared ? "shared" : "exclusive", "")),
      davElement("depth", lock.isDeep ? "infinity" : "0"),
      lock.ownerXml,
      davElement("timeout", `Second-${Math.ceil(remainingMs / 1_000)}`),
      davElement("locktoken", href(lock.token)),
      davElement("lockroot", href(addressOf(exchange, lock.path, false))),
    ].join(""),
  );
}

/** The response element for one file or folder. */
export function describe(exchange: Exchange, found: Found, wish: PropertyWish): string {
  const dead = exchange.mount.properties.of(found.path);
  const [present, missing] = Array.isArray(wish)
    ? chosen(exchange, found, wish, dead)
    : everything(exchange, found, dead, wish === "names");
  const parts = [
    davElement("href", xmlText(addressOf(exchange, found.path, found.entry.kind === "folder"))),
  ];
  if (present !== "" || missing === "") parts.push(propertyStatus(present, "200 OK"));
  if (missing !== "") parts.push(propertyStatus(missing, "404 Not Found"));
  return davElement("response", parts.join(""));
}

/** A propstat element. */
export function propertyStatus(properties: string, status: string, more = ""): string {
  const prop = davElement("prop", properties);
  return davElement("propstat", `${prop}${davElement("status", `HTTP/1.1 ${status}`)}${more}`);
}

function everything(
  exchange: Exchange,
  found: Found,
  dead: readonly DeadProperty[],
  isNamesOnly: boolean,
): readonly [present: string, missing: string] {
  const live = Object.entries(LIVE).flatMap(([name, content]) => {
    const text = content(exchange, found);
    return text === undefined ? [] : [davElement(name, isNamesOnly ? "" : text)];
  });
  const others = dead.map(({ namespace, name, xml }) =>
    isNamesOnly ? emptyElement(namespace, name) : xml,
  );
  return [[...live, ...others].join(""), ""];
}

function chosen(
  exchange: Exchange,
  found: Found,
  names: readonly PropertyName[],
  dead: readonly DeadProperty[],
): readonly [present: string, missing: string] {
  const [present, missing]: [string[], string[]] = [[], []];
  for (const { namespace, name } of names) {
    const live = namespace === DAV && Object.hasOwn(LIVE, name) ? LIVE[name] : undefined;
    const text = live?.(exchange, found);
    const given = dead.find((one) => one.namespace === namespace && one.name === name);
    if (text !== undefined) present.push(davElement(name, text));
    else if (given !== undefined) present.push(given.xml);
    else missing.push(emptyElement(namespace, name));
  }
  return [present.join(""), missing.join("")];
}
