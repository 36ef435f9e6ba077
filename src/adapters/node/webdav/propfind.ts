import { once } from "node:events";
import { DavError } from "./errors.ts";
import { addressOf, type Exchange, headerOf } from "./exchange.ts";
import { PROPERTIES_ASKED_MAX } from "./limits.ts";
import { describe, type Found, type PropertyWish } from "./properties.ts";
import { davChild, elementsIn, isDav, readXml } from "./xml-body.ts";
import type { XmlElement } from "./xml-reader.ts";
import { XML_HEAD } from "./xml-writer.ts";

/** Characters of an answer that are handed over at a time. */
const PART_CHARACTERS = 65_536;

/** PROPFIND of a file or folder, or of a folder and what is right in it (RFC 4918 section 9.1). */
export async function findProperties(exchange: Exchange): Promise<void> {
  const { mount, path, response } = exchange;
  const wish = wishIn(await readXml(exchange));
  const depth = headerOf(exchange, "depth");
  if (depth !== "0" && depth !== "1") {
    const words = "Ask with 'Depth: 0' or 'Depth: 1', one folder after the other.";
    throw new DavError("forbidden", words, "propfind-finite-depth");
  }
  const entry = await mount.calls.mustStat(path);
  const isList = entry.kind === "folder" && depth === "1";
  const inside = isList ? await mount.calls.list(path) : [];
  response.writeHead(207, {
    "content-type": "application/xml; charset=utf-8",
    "cache-control": "no-store",
    ...(entry.kind === "folder" && !exchange.hasSlash
      ? { "content-location": addressOf(exchange, path, true) }
      : {}),
  });
  let text = `${XML_HEAD}<D:multistatus xmlns:D="DAV:">`;
  const at = path === "" ? "" : `${path}/`;
  const all: Iterable<Found> = [
    { path, entry },
    ...inside.map((one) => ({ path: at + one.name, entry: one })),
  ];
  for (const found of all) {
    text += describe(exchange, found, wish);
    if (text.length < PART_CHARACTERS) continue;
    if (!(await sendPart(exchange, text))) return;
    text = "";
  }
  response.end(`${text}</D:multistatus>\n`);
}

/** False where the client is gone. */
async function sendPart({ response }: Exchange, text: string): Promise<boolean> {
  if (response.destroyed) return false;
  if (response.write(text)) return true;
  const gone = new AbortController();
  const waits = [once(response, "drain", gone), once(response, "close", gone)];
  await Promise.race(waits);
  for (const wait of waits) wait.catch(() => undefined);
  gone.abort();
  return !response.destroyed;
}

function wishIn(body: XmlElement | undefined): PropertyWish {
  if (body === undefined) return "all";
  if (!isDav(body, "propfind")) throw malformed();
  const prop = davChild(body, "prop");
  const kinds = ["prop", "allprop", "propname"].filter((name) => davChild(body, name));
  if (kinds.length !== 1) throw malformed();
  if (prop === undefined) return kinds[0] === "propname" ? "names" : "all";
  const names = elementsIn(prop).map(({ namespace, name }) => ({ namespace, name }));
  if (names.length > PROPERTIES_ASKED_MAX) {
    throw new DavError("bad-request", `Ask for at most ${PROPERTIES_ASKED_MAX} properties.`);
  }
  return names;
}

function malformed(): DavError {
  return new DavError("bad-request", "The body is no 'propfind' that can be understood.");
}
