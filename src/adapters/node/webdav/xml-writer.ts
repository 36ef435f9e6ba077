import { sayable } from "./xml-characters.ts";
import type { XmlElement } from "./xml-reader.ts";

/** The namespace of WebDAV. */
export const DAV = "DAV:";

const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "\r": "&#13;",
  "\n": "&#10;",
  "\t": "&#9;",
};

/** A text for XML; what XML cannot say becomes U+FFFD. */
export function xmlText(text: string): string {
  return sayable(text).replace(/[&<>\r]/g, (character) => ESCAPES[character] ?? "");
}

function xmlAttribute(text: string): string {
  return sayable(text).replace(/[&<>"\r\n\t]/g, (character) => ESCAPES[character] ?? "");
}

/** An element of the DAV: namespace, whose prefix is D, around XML. */
export function davElement(name: string, content: string): string {
  return content === "" ? `<D:${name}/>` : `<D:${name}>${content}</D:${name}>`;
}

/** The tag of an empty element of any namespace. */
export function emptyElement(namespace: string, name: string): string {
  if (namespace === DAV) return `<D:${name}/>`;
  return namespace === "" ? `<${name}/>` : `<x:${name} xmlns:x="${xmlAttribute(namespace)}"/>`;
}

type Bound = ReadonlyMap<string, string>;

const NOTHING_BOUND: Bound = new Map([
  ["", ""],
  ["xml", "http://www.w3.org/XML/1998/namespace"],
]);

/**
 * Writes an element so that it can stand anywhere where no default namespace is in force: it binds
 * all prefixes that it uses, and names the language that it inherited.
 */
export function writeElement(element: XmlElement): string {
  const saysLanguage = element.attributes.some(
    ({ prefix, name }) => prefix === "xml" && name === "lang",
  );
  const language =
    element.language === "" || saysLanguage ? "" : ` xml:lang="${xmlAttribute(element.language)}"`;
  return write(element, NOTHING_BOUND, language);
}

function write(element: XmlElement, outer: Bound, more = ""): string {
  const bound = new Map(outer);
  let head = "";
  const bind = (prefix: string, namespace: string): void => {
    if (bound.get(prefix) === namespace) return;
    bound.set(prefix, namespace);
    const name = prefix === "" ? "xmlns" : `xmlns:${prefix}`;
    head += ` ${name}="${xmlAttribute(namespace)}"`;
  };
  const tag = element.prefix === "" ? element.name : `${element.prefix}:${element.name}`;
  bind(element.prefix, element.namespace);
  for (const { prefix, namespace, name, value } of element.attributes) {
    if (prefix !== "") bind(prefix, namespace);
    head += ` ${prefix === "" ? name : `${prefix}:${name}`}="${xmlAttribute(value)}"`;
  }
  const content = element.children
    .map((child) => (typeof child === "string" ? xmlText(child) : write(child, bound)))
    .join("");
  const start = `<${tag}${more}${head}`;
  return content === "" ? `${start}/>` : `${start}>${content}</${tag}>`;
}

/** A whole XML document around one element of the DAV: namespace. */
export function davDocument(name: string, content: string): string {
  return `${XML_HEAD}<D:${name} xmlns:D="DAV:">${content}</D:${name}>\n`;
}

/** How every document begins. */
export const XML_HEAD = '<?xml version="1.0" encoding="utf-8"?>\n';
