import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { utf8 } from "../../../base/bytes.ts";
import { DavError } from "./errors.ts";
import { XML_BYTES_MAX, XML_DEPTH_MAX, XML_NODES_MAX } from "./limits.ts";
import { isSayable, sayable } from "./xml-characters.ts";
import { parseXml, type XmlElement } from "./xml-reader.ts";
import { writeElement } from "./xml-writer.ts";

const read = (text: string): XmlElement => parseXml(utf8(text));

function codeOf(text: string | Uint8Array): string {
  try {
    parseXml(typeof text === "string" ? utf8(text) : text);
    return "none";
  } catch (error) {
    if (error instanceof DavError) return error.code;
    throw error;
  }
}

describe("what is read", () => {
  test("elements, texts and attributes with their namespaces", () => {
    const text =
      '<?xml version="1.0" encoding="utf-8"?>\n<!-- a -->\n<a xmlns="one:" xmlns:b="two:" b:c="&#65;&amp;&#x42;\t" c="d">' +
      "x<b:e xml:lang='de'/>y<![CDATA[<&>]]><!-- - --><?go on?>&lt;z</a>\n<!-- end -->";
    const root = read(text);
    expect(root).toMatchObject({ prefix: "", namespace: "one:", name: "a", language: "" });
    expect(root.attributes).toEqual([
      { prefix: "b", namespace: "two:", name: "c", value: "A&B " },
      { prefix: "", namespace: "", name: "c", value: "d" },
    ]);
    const [before, inner, after] = root.children;
    expect([before, after]).toEqual(["x", "y<&><z"]);
    expect(inner).toMatchObject({ namespace: "two:", name: "e", language: "de", children: [] });
  });

  test("a prefix means what the nearest element says; none is no namespace again", () => {
    const root = read('<p:a xmlns:p="1:" xmlns="d:"><p:a xmlns:p="2:"/><b xmlns=""/><p:c/></p:a>');
    const found = root.children.map((child) => (child as XmlElement).namespace);
    expect(found).toEqual(["2:", "", "1:"]);
  });

  test.each([
    ["utf-8 with a mark", new Uint8Array([0xef, 0xbb, 0xbf, ...utf8("<a>ä</a>")])],
    ["utf-16le", new Uint8Array(Buffer.from("\ufeff<a>ä</a>", "utf16le"))],
    ["utf-16be", new Uint8Array(Buffer.from("\ufeff<a>ä</a>", "utf16le").swap16())],
  ])("%s", (_name, bytes) => {
    expect(parseXml(bytes).children).toEqual(["ä"]);
  });
});

describe("what is refused", () => {
  test.each([
    ["nothing", ""],
    ["no element", "hello"],
    ["two elements", "<a/><b/>"],
    ["text behind", "<a/>x"],
    ["an end that is missing", "<a><b></a>"],
    ["a break", "<a><b"],
    ["a break in a text", "<a>x"],
    ["a prefix that is not bound", "<a:b/>"],
    ["an attribute's prefix that is not bound", "<a b:c='d'/>"],
    ["a prefix bound to nothing", '<a xmlns:b=""/>'],
    ["xml bound to something", '<a xmlns:xml="x:"/>'],
    ["xmlns bound", '<a xmlns:xmlns="x:"/>'],
    ["a prefix bound twice", '<a xmlns:b="1:" xmlns:b="2:"/>'],
    ["an attribute that stands twice", '<a xmlns:b="1:" xmlns:c="1:" b:x="" c:x=""/>'],
    ["an attribute without value", "<a b/>"],
    ["an attribute without quotes", "<a b=c/>"],
    ["attributes without space", "<a b='c'd='e'/>"],
    ["'<' in an attribute", "<a b='<'/>"],
    ["']]>' in a text", "<a>]]></a>"],
    ["'--' in a comment", "<a><!-- -- --></a>"],
    ["an ampersand", "<a>&</a>"],
    ["an unknown entity", "<a>&nbsp;</a>"],
    ["a member of Object.prototype as entity", "<a>&toString;</a>"],
    ["a character that does not exist", "<a>&#x110000;</a>"],
    ["the character 0", "<a>&#0;</a>"],
    ["a control character", "<a>\u0001</a>"],
    ["half a surrogate pair", "<a>&#xd800;</a>"],
    ["a declaration that comes late", "<a/><?xml version='1.0'?>"],
    ["a document type", '<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>'],
    ["a bomb", '<!DOCTYPE a [<!ENTITY b "c"><!ENTITY d "&b;&b;">]><a>&d;</a>'],
  ])("%s", (_name, text) => {
    expect(codeOf(text)).toBe("bad-request");
  });

  test("bytes that are no UTF-8", () => {
    expect(codeOf(new Uint8Array([0x3c, 0x61, 0xff, 0x3e]))).toBe("bad-request");
  });

  test("a body above XML_BYTES_MAX", () => {
    const text = (length: number): string => `<a>${"x".repeat(length - 7)}</a>`;
    expect(codeOf(text(XML_BYTES_MAX))).toBe("none");
    expect(codeOf(text(XML_BYTES_MAX + 1))).toBe("too-large");
  });

  test("elements nested deeper than XML_DEPTH_MAX", () => {
    const text = (depth: number): string => "<a>".repeat(depth) + "</a>".repeat(depth);
    expect(codeOf(text(XML_DEPTH_MAX))).toBe("none");
    expect(codeOf(text(XML_DEPTH_MAX + 1))).toBe("bad-request");
  });

  test("more parts than XML_NODES_MAX", () => {
    const text = (count: number): string => `<a>${"<b/>".repeat(count - 1)}</a>`;
    expect(codeOf(text(XML_NODES_MAX))).toBe("none");
    expect(codeOf(text(XML_NODES_MAX + 1))).toBe("bad-request");
  });
});

const word = fc.stringMatching(/^[a-z][a-z0-9]{0,5}$/);
const content = fc.string({ unit: "grapheme", maxLength: 8 }).filter((text) => text !== "");
const element: fc.Arbitrary<XmlElement> = fc.letrec<{ element: XmlElement }>((tie) => ({
  element: fc
    .record({
      // A prefix always goes with its namespace, as in what a reader returns.
      place: fc.constantFrom(["", ""], ["", "n:"], ["p", "1:"], ["q", "1:"], ["p", "2:"]),
      name: word,
      value: fc.string({ unit: "grapheme", maxLength: 8 }),
      children: fc.array(
        fc.oneof({ maxDepth: 3, depthIdentifier: "element" }, content, tie("element")),
        { maxLength: 3 },
      ),
    })
    .map(({ place, name, value, children }) => ({
      ...{ prefix: place[0] ?? "", namespace: place[1] ?? "", name, language: "" },
      attributes: [{ prefix: "", namespace: "", name: "k", value }],
      children: children.filter(
        (one, at) => typeof one !== "string" || typeof children[at - 1] !== "string",
      ),
    })),
})).element;

test("what is written reads back the same", () => {
  fc.assert(
    fc.property(element, (one) => {
      fc.pre(isSayable(JSON.stringify(one)) && !JSON.stringify(one).includes("\\u"));
      expect(read(writeElement(one))).toEqual(one);
    }),
  );
});

test("no bytes make it fail otherwise than with its own error", () => {
  const piece = fc.constantFrom(
    "<a",
    ">",
    "</a>",
    "/>",
    " b='",
    "'",
    "&",
    "&lt;",
    ";",
    "<!--",
    "-->",
    "<?",
    "?>",
    "<![CDATA[",
    "]]>",
    "xmlns:x=''",
    "x:",
    "<!DOCTYPE",
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      expect(["none", "bad-request"]).toContain(codeOf(pieces.join("")));
    }),
    { numRuns: 500 },
  );
});

test("XML says tabs, ends of lines and all other characters, but no other controls and no halves", () => {
  const no = Array.from({ length: 0x1_0000 }, (_, code) => code).filter(
    (code) => !isSayable(String.fromCharCode(code)),
  );
  const isNone = (code: number): boolean =>
    (code < 0x20 && ![9, 10, 13].includes(code)) ||
    (code >= 0xd800 && code <= 0xdfff) ||
    code >= 0xfffe;
  expect(no).toEqual(Array.from({ length: 0x1_0000 }, (_, code) => code).filter(isNone));
  expect(sayable("a\0b\ud800\tc😀")).toBe("a\ufffdb\ufffd\tc😀");
});
