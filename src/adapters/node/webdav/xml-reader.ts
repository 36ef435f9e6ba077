import { DavError } from "./errors.ts";
import { XML_BYTES_MAX, XML_DEPTH_MAX, XML_NODES_MAX } from "./limits.ts";
import { isSayable } from "./xml-characters.ts";

/** An attribute that is no namespace declaration. */
export interface XmlAttribute {
  readonly prefix: string;
  readonly namespace: string;
  readonly name: string;
  readonly value: string;
}

/** An element with what it contains, in order. */
export interface XmlElement {
  /** As it was written; only for writing it again alike. */
  readonly prefix: string;
  readonly namespace: string;
  readonly name: string;
  /** Value of xml:lang in force here, or "". */
  readonly language: string;
  readonly attributes: readonly XmlAttribute[];
  readonly children: readonly (XmlElement | string)[];
}

const XML_NAMESPACE = "http://www.w3.org/XML/1998/namespace";
const XMLNS_NAMESPACE = "http://www.w3.org/2000/xmlns/";

const SPACE = /[ \t\r\n]*/y;
/** A name without colon, near enough to the productions of Namespaces in XML 1.0. */
const NC_NAME = /[\p{L}_][\p{L}\p{M}\p{N}._\u00b7-]*/uy;
const DECLARATION = /<\?xml[ \t\r\n]+version[ \t\r\n]*=[ \t\r\n]*(?:"1\.\d+"|'1\.\d+')[^?<>]*\?>/y;
const ENTITIES: Readonly<Record<string, string>> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
};

function refuse(why: string): never {
  throw new DavError("bad-request", `The XML body is not understood: ${why}.`);
}

type Scope = ReadonlyMap<string, string>;

interface RawAttribute {
  readonly prefix: string;
  readonly name: string;
  readonly value: string;
}

/**
 * Reads XML 1.0 with namespaces, in UTF-8 or UTF-16. Entities other than the five predefined ones,
 * and document types, are refused: nothing is ever looked up or expanded.
 * @throws DavError("bad-request" | "too-large")
 */
export function parseXml(bytes: Uint8Array): XmlElement {
  if (bytes.length > XML_BYTES_MAX) {
    throw new DavError("too-large", `The XML body is above ${XML_BYTES_MAX} bytes.`);
  }
  return new XmlReader(decodeText(bytes)).document();
}

function decodeText(bytes: Uint8Array): string {
  const [first, second] = bytes;
  const isWide = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
  const encoding = isWide ? (first === 0xff ? "utf-16le" : "utf-16be") : "utf-8";
  let text: string;
  try {
    text = new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    return refuse("its characters are not valid UTF-8 or UTF-16");
  }
  if (!isSayable(text)) refuse("it holds characters that XML does not know");
  return text.replace(/\r\n?/g, "\n");
}

class XmlReader {
  readonly #text: string;
  #at = 0;
  #nodeCount = 0;

  constructor(text: string) {
    this.#text = text;
  }

  document(): XmlElement {
    this.#match(DECLARATION);
    this.#skipAround();
    if (!this.#text.startsWith("<", this.#at)) refuse("it has no element");
    const scope = new Map([
      ["xml", XML_NAMESPACE],
      ["", ""],
    ]);
    const root = this.#element(scope, "", 1);
    this.#skipAround();
    if (this.#at < this.#text.length) refuse("something follows its end");
    return root;
  }

  /** White space, comments and processing instructions outside of the element. */
  #skipAround(): void {
    do this.#match(SPACE);
    while (this.#skipAside());
  }

  /** Skips a comment or processing instruction, where there is one. */
  #skipAside(): boolean {
    if (this.#text.startsWith("<!--", this.#at)) {
      const end = this.#text.indexOf("--", this.#at + 4);
      if (end < 0 || this.#text[end + 2] !== ">") refuse("a comment is malformed");
      this.#at = end + 3;
      return true;
    }
    if (this.#text.startsWith("<?", this.#at)) {
      const end = this.#text.indexOf("?>", this.#at);
      this.#at += 2;
      if (end < 0 || this.#ncName().toLowerCase() === "xml") refuse("an instruction is malformed");
      this.#at = end + 2;
      return true;
    }
    return false;
  }

  #element(outer: Scope, outerLanguage: string, depth: number): XmlElement {
    if (depth > XML_DEPTH_MAX) refuse(`it is nested deeper than ${XML_DEPTH_MAX} elements`);
    this.#count();
    this.#at += 1;
    const [prefix, name] = this.#qualifiedName();
    const raw = this.#attributes();
    const scope = scopeWith(outer, raw);
    const attributes = attributesIn(scope, raw);
    const language =
      attributes.find((one) => one.namespace === XML_NAMESPACE && one.name === "lang")?.value ??
      outerLanguage;
    const head = { prefix, namespace: lookUp(scope, prefix), name, language, attributes };
    if (this.#text.startsWith("/>", this.#at)) {
      this.#at += 2;
      return { ...head, children: [] };
    }
    if (this.#text[this.#at] !== ">") refuse("a tag is malformed");
    this.#at += 1;
    const children = this.#content(scope, language, depth);
    const [endPrefix, endName] = this.#qualifiedName();
    this.#match(SPACE);
    if (endPrefix !== prefix || endName !== name || this.#text[this.#at] !== ">") {
      refuse(`the end of <${name}> is missing`);
    }
    this.#at += 1;
    return { ...head, children };
  }

  /** Everything up to the end tag, whose "</" it takes. */
  #content(scope: Scope, language: string, depth: number): (XmlElement | string)[] {
    const children: (XmlElement | string)[] = [];
    let words = "";
    const endWords = (): void => {
      if (words === "") return;
      this.#count();
      children.push(words);
      words = "";
    };
    for (;;) {
      const end = this.#text.indexOf("<", this.#at);
      if (end < 0) refuse("it breaks off");
      const plain = this.#text.slice(this.#at, end);
      if (plain.includes("]]>")) refuse("']]>' stands in a text");
      words += withoutEntities(plain);
      this.#at = end;
      if (this.#text.startsWith("</", end)) {
        endWords();
        this.#at += 2;
        return children;
      }
      if (this.#text.startsWith("<![CDATA[", end)) words += this.#characterData();
      else if (!this.#skipAside()) {
        endWords();
        children.push(this.#element(scope, language, depth + 1));
      }
    }
  }

  #characterData(): string {
    const start = this.#at + "<![CDATA[".length;
    const end = this.#text.indexOf("]]>", start);
    if (end < 0) refuse("it breaks off");
    this.#at = end + 3;
    return this.#text.slice(start, end);
  }

  #attributes(): readonly RawAttribute[] {
    const found: RawAttribute[] = [];
    for (;;) {
      const hasSpace = this.#match(SPACE) !== "";
      const next = this.#text[this.#at];
      if (next === ">" || next === "/") return found;
      if (!hasSpace) refuse("a tag is malformed");
      this.#count();
      const [prefix, name] = this.#qualifiedName();
      this.#match(SPACE);
      if (this.#text[this.#at] !== "=") refuse(`the attribute ${name} has no value`);
      this.#at += 1;
      this.#match(SPACE);
      found.push({ prefix, name, value: this.#quoted(name) });
    }
  }

  #quoted(name: string): string {
    const quote = this.#text[this.#at];
    const end = this.#text.indexOf(quote ?? "", this.#at + 1);
    if ((quote !== '"' && quote !== "'") || end < 0) refuse(`the value of ${name} has no quotes`);
    const value = this.#text.slice(this.#at + 1, end);
    if (value.includes("<")) refuse(`the value of ${name} holds a '<'`);
    this.#at = end + 1;
    return withoutEntities(value.replace(/[\t\n]/g, " "));
  }

  #qualifiedName(): readonly [prefix: string, name: string] {
    const first = this.#ncName();
    if (this.#text[this.#at] !== ":") return ["", first];
    this.#at += 1;
    return [first, this.#ncName()];
  }

  #ncName(): string {
    const name = this.#match(NC_NAME);
    return name === "" ? refuse("a name is malformed, or its document type is not wanted") : name;
  }

  #match(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const [found = ""] = pattern.exec(this.#text) ?? [];
    this.#at += found.length;
    return found;
  }

  #count(): void {
    this.#nodeCount += 1;
    if (this.#nodeCount > XML_NODES_MAX) refuse(`it has more than ${XML_NODES_MAX} parts`);
  }
}

function withoutEntities(text: string): string {
  if (!text.includes("&")) return text;
  return text.replace(/&([^;&]{0,10};)?/g, (_whole, named: string | undefined) => {
    const name = named?.slice(0, -1) ?? "";
    const [, hex, decimal] = /^#(?:x([0-9a-fA-F]+)|([0-9]+))$/.exec(name) ?? [];
    const code = hex === undefined ? Number.parseInt(decimal ?? "", 10) : Number.parseInt(hex, 16);
    if (!Number.isNaN(code)) return characterOf(code);
    return Object.hasOwn(ENTITIES, name) ? (ENTITIES[name] ?? "") : refuse("it uses an entity");
  });
}

function characterOf(code: number): string {
  const character = code <= 0x10_ffff ? String.fromCodePoint(code) : "\0";
  return isSayable(character) ? character : refuse("a character does not exist");
}

function scopeWith(outer: Scope, attributes: readonly RawAttribute[]): Scope {
  const declared = attributes.filter(isDeclaration);
  if (declared.length === 0) return outer;
  const scope = new Map(outer);
  const seen = new Set<string>();
  for (const { prefix, name, value } of declared) {
    const bound = prefix === "" ? "" : name;
    const isReserved = bound === "xml" || bound === "xmlns" || value === XMLNS_NAMESPACE;
    if (isReserved || value === XML_NAMESPACE || (bound !== "" && value === "")) {
      refuse(`the prefix '${bound}' may not be bound so`);
    }
    if (seen.has(bound)) refuse(`the prefix '${bound}' is bound twice`);
    seen.add(bound);
    scope.set(bound, value);
  }
  return scope;
}

function isDeclaration({ prefix, name }: RawAttribute): boolean {
  return prefix === "xmlns" || (prefix === "" && name === "xmlns");
}

function attributesIn(scope: Scope, raw: readonly RawAttribute[]): readonly XmlAttribute[] {
  const seen = new Set<string>();
  return raw
    .filter((one) => !isDeclaration(one))
    .map((one) => {
      const namespace = one.prefix === "" ? "" : lookUp(scope, one.prefix);
      const key = `${namespace}\n${one.name}`;
      if (seen.has(key)) refuse(`the attribute ${one.name} stands twice`);
      seen.add(key);
      return { ...one, namespace };
    });
}

function lookUp(scope: Scope, prefix: string): string {
  return scope.get(prefix) ?? refuse(`the prefix '${prefix}' is not bound`);
}
