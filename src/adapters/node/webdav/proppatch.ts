import type { PropertyChange } from "./dead-properties.ts";
import { DavError } from "./errors.ts";
import { addressOf, answerText, type Exchange } from "./exchange.ts";
import { PROPERTIES_ASKED_MAX } from "./limits.ts";
import { isLive, propertyStatus } from "./properties.ts";
import { davChild, elementsIn, isDav, readXml } from "./xml-body.ts";
import type { XmlElement } from "./xml-reader.ts";
import { davDocument, davElement, emptyElement, writeElement, xmlText } from "./xml-writer.ts";

/** PROPPATCH: all changes, or none (RFC 4918 section 9.2). */
export async function patchProperties(exchange: Exchange): Promise<void> {
  const { mount, path, tokens } = exchange;
  const changes = changesIn(await readXml(exchange));
  const entry = await mount.calls.mustStat(path);
  mount.locks.checkChange(path, "content", tokens);
  const barred = changes.filter(isLive);
  const others = changes.filter((change) => !isLive(change));
  if (barred.length === 0) await mount.properties.change(path, changes);
  const why = davElement("error", davElement("cannot-modify-protected-property", ""));
  const parts = [
    davElement("href", xmlText(addressOf(exchange, path, entry.kind === "folder"))),
    ...(barred.length > 0 ? [propertyStatus(namesOf(barred), "403 Forbidden", why)] : []),
    ...(others.length > 0
      ? [propertyStatus(namesOf(others), barred.length > 0 ? "424 Failed Dependency" : "200 OK")]
      : []),
  ];
  const text = davDocument("multistatus", davElement("response", parts.join("")));
  answerText(exchange, 207, "application/xml; charset=utf-8", text);
}

function namesOf(changes: readonly PropertyChange[]): string {
  const elements = changes.map(({ namespace, name }) => emptyElement(namespace, name));
  return [...new Set(elements)].join("");
}

/** The steps, in their order. */
function changesIn(body: XmlElement | undefined): readonly PropertyChange[] {
  if (body === undefined || !isDav(body, "propertyupdate")) throw malformed();
  const changes = elementsIn(body).flatMap((step) => {
    const isSet = isDav(step, "set");
    if (!isSet && !isDav(step, "remove")) return [];
    const prop = davChild(step, "prop");
    if (prop === undefined) throw malformed();
    return elementsIn(prop).map((element) => ({
      namespace: element.namespace,
      name: element.name,
      xml: isSet ? writeElement(element) : undefined,
    }));
  });
  if (changes.length === 0) throw malformed();
  if (changes.length <= PROPERTIES_ASKED_MAX) return changes;
  throw new DavError("bad-request", `Change at most ${PROPERTIES_ASKED_MAX} properties at a time.`);
}

function malformed(): DavError {
  return new DavError("bad-request", "The body is no 'propertyupdate' that can be understood.");
}
