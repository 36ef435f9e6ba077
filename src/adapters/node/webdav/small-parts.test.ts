import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { contentTypeOf, toldContentType } from "./content-types.ts";
import { pathInAddress } from "./destination.ts";
import { DavError } from "./errors.ts";
import { parseIf, submittedTokens } from "./if-header.ts";
import {
  DAV_NAME_BYTES_MAX,
  DAV_PATH_BYTES_MAX,
  DAV_PATH_DEPTH_MAX,
  IF_CONDITIONS_MAX,
} from "./limits.ts";
import { hrefOf, isWithin, movedPath, parentOf, parseDavPath } from "./paths.ts";
import { parseRange } from "./range.ts";

function codeOf(work: () => unknown): string {
  try {
    work();
    return "none";
  } catch (error) {
    if (error instanceof DavError) return error.code;
    throw error;
  }
}

describe("paths", () => {
  test.each([
    ["/", "", true],
    ["/a", "a", false],
    ["/a/b%20c/", "a/b c", true],
    ["/%C3%A4", "ä", false],
    ["/a%CC%88", "ä", false],
    ["/a%5Cb", "a\\b", false],
  ])("%s is '%s'", (encoded, path, hasSlash) => {
    expect(parseDavPath(encoded)).toEqual({ path, hasSlash });
  });

  test.each([
    "a",
    "//",
    "/a//b",
    "/.",
    "/..",
    "/a/../b",
    "/%2e%2e/b",
    "/a%2Fb",
    "/a%00",
    "/a%0a",
    "/%",
    "/%ff",
  ])("'%s' is refused", (encoded) => {
    expect(codeOf(() => parseDavPath(encoded))).toBe("bad-request");
  });

  test("their length, depth and names are bounded", () => {
    const deep = (count: number) => () => parseDavPath("/a".repeat(count));
    expect([codeOf(deep(DAV_PATH_DEPTH_MAX)), codeOf(deep(DAV_PATH_DEPTH_MAX + 1))]).toEqual([
      "none",
      "too-long",
    ]);
    const named = (count: number) => () =>
      parseDavPath(`/${"%C3%A4".repeat((count - 1) / 2)}${"a"}`);
    expect([codeOf(named(DAV_NAME_BYTES_MAX)), codeOf(named(DAV_NAME_BYTES_MAX + 2))]).toEqual([
      "none",
      "too-long",
    ]);
    const long = (count: number) => () =>
      parseDavPath(`/${`${"a".repeat(127)}/`.repeat(32).slice(0, count)}`);
    const most = `/${`${"a".repeat(127)}/`.repeat(31)}${"a".repeat(128)}`;
    expect(most.length - 1).toBe(DAV_PATH_BYTES_MAX);
    expect([codeOf(long(4_095)), codeOf(() => parseDavPath(most))]).toEqual(["none", "none"]);
    expect(codeOf(() => parseDavPath(`${most}a`))).toBe("too-long");
  });

  test("an address leads back to its path", () => {
    const name = fc
      .string({ unit: "grapheme", minLength: 1, maxLength: 12 })
      .map((text) => text.normalize("NFC"))
      .filter((text) => !/[/\p{Cc}]/u.test(text) && text !== "." && text !== "..");
    fc.assert(
      fc.property(fc.array(name, { maxLength: 4 }), fc.boolean(), (names, isFolder) => {
        const path = names.join("/");
        const href = hrefOf("/t", path, isFolder || path === "");
        expect(href).toMatch(/^[A-Za-z0-9/%._~-]+$/);
        const address = `http://127.0.0.1:1${href}`;
        expect(pathInAddress({ prefix: "/t", hosts: ["127.0.0.1:1"] }, address)).toBe(path);
      }),
    );
  });

  test("what holds what", () => {
    expect(["", "a", "a/b"].map(parentOf)).toEqual([undefined, "", "a"]);
    expect([
      isWithin("a/b", "a"),
      isWithin("ab", "a"),
      isWithin("a", "a"),
      isWithin("a", ""),
    ]).toEqual([true, false, true, true]);
    expect([
      movedPath("a/b", "a", "c/d"),
      movedPath("a", "a", "c"),
      movedPath("a", "", "c"),
    ]).toEqual(["c/d/b", "c", "c/a"]);
  });

  test.each([
    ["http://127.0.0.1:1/t/a", "none"],
    ["HTTP://LOCALHOST:1/t/a", "none"],
    ["/t", "none"],
    ["http://example.org/t/a", "elsewhere"],
    ["/other/a", "elsewhere"],
    ["/tt/a", "elsewhere"],
    ["/t/../a", "bad-request"],
    ["/t/a?b", "bad-request"],
    ["a", "bad-request"],
    ["", "bad-request"],
  ])("the destination %s: %s", (address, code) => {
    const hosts = ["127.0.0.1:1", "localhost:1"];
    expect(codeOf(() => pathInAddress({ prefix: "/t", hosts }, address))).toBe(code);
  });
});

describe("the If header", () => {
  test("is read with tags, tokens and entity tags", () => {
    const text = '<http://h/a> (<urn:1> ["e"]) (Not <urn:2>) </b> ([W/"f"])';
    expect(parseIf(text)).toEqual([
      {
        tag: "http://h/a",
        conditions: [
          { not: false, kind: "token", value: "urn:1" },
          { not: false, kind: "etag", value: '"e"' },
        ],
      },
      { tag: "http://h/a", conditions: [{ not: true, kind: "token", value: "urn:2" }] },
      { tag: "/b", conditions: [{ not: false, kind: "etag", value: 'W/"f"' }] },
    ]);
    expect([...submittedTokens(parseIf(text))]).toEqual(["urn:1"]);
  });

  test.each(["", "()", "(", "(<a>", "<a>", "(a)", "([e])", "(<a>) <b> (<c>)", "(<a>) x"])(
    "'%s' is refused",
    (text) => {
      expect(codeOf(() => parseIf(text))).toBe("bad-request");
    },
  );

  test("has up to IF_CONDITIONS_MAX conditions", () => {
    const text = (count: number) => "(<a>)".repeat(count);
    expect(parseIf(text(IF_CONDITIONS_MAX))).toHaveLength(IF_CONDITIONS_MAX);
    expect(codeOf(() => parseIf(text(IF_CONDITIONS_MAX + 1)))).toBe("bad-request");
  });

  test("no text makes it fail otherwise than with its own error", () => {
    const piece = fc.constantFrom("(", ")", "<a>", "Not", '["e"]', " ", "<", "[", "x");
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 10 }), (pieces) => {
        expect(["none", "bad-request"]).toContain(codeOf(() => parseIf(pieces.join(""))));
      }),
    );
  });
});

test.each([
  [undefined, undefined],
  ["bytes=0-0", [0, 1]],
  ["bytes=5-", [5, 10]],
  ["bytes=5-99", [5, 10]],
  ["bytes=-3", [7, 10]],
  ["bytes=-99", [0, 10]],
  ["bytes=0-1,3-4", undefined],
  ["bytes=5-4", undefined],
  ["bytes=-", undefined],
  ["lines=1-2", undefined],
  ["bytes=10-", "bad-range"],
  ["bytes=-0", "bad-range"],
])("the range %s of ten bytes", (header, expected) => {
  if (expected === "bad-range") {
    expect(codeOf(() => parseRange(header, 10))).toBe("bad-range");
    return;
  }
  const found = parseRange(header, 10);
  expect(found && [found.from, found.to]).toEqual(expected);
});

test("media types come from what was told, else from the name", () => {
  expect(contentTypeOf("a.JPG", undefined)).toBe("image/jpeg");
  expect(contentTypeOf("a.jpg", "image/x-own")).toBe("image/x-own");
  expect(contentTypeOf("a.jpg", "x\r\ny: z")).toBe("image/jpeg");
  expect(contentTypeOf("constructor", undefined)).toBe("application/octet-stream");
  expect(toldContentType("Text/HTML; charset=utf-8")).toBe("text/html");
  expect(["application/octet-stream", "nonsense", undefined].map(toldContentType)).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
});
