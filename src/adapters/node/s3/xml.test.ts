import fc from "fast-check";
import { expect, test } from "vitest";
import { parsePage } from "./xml.ts";

const page = (inside: string): string =>
  `<?xml version="1.0"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><EncodingType>url</EncodingType>${inside}</ListBucketResult>`;

test("keys, sizes and what asks for the next page", () => {
  const one = "<Contents><Key>a%2Fb+c%26</Key><Size>12</Size><ETag>&quot;x&quot;</ETag></Contents>";
  expect(parsePage(page(`${one}<IsTruncated>false</IsTruncated>`))).toEqual({
    objects: [{ key: "a/b c&", sizeBytes: 12 }],
    next: undefined,
  });
  const more =
    "<IsTruncated>true</IsTruncated><NextContinuationToken>1&amp;2</NextContinuationToken>";
  expect(parsePage(page(more))?.next).toBe("1&2");
});

test.each([
  ["another document", "<html></html>"],
  ["one cut short", "<ListBucketResult><Contents>"],
  ["an object without a size", page("<Contents><Key>a</Key></Contents>")],
  ["a size that is none", page("<Contents><Key>a</Key><Size>-1</Size></Contents>")],
  ["a key that cannot be decoded", page("<Contents><Key>%E0%A4%A</Key><Size>1</Size></Contents>")],
  ["a next page without its name", page("<IsTruncated>true</IsTruncated>")],
])("%s is no page", (_, xml) => {
  expect(parsePage(xml)).toBeUndefined();
});

test("any text is a page or none, and never throws", () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const found = parsePage(page(text));
      expect(found === undefined || Array.isArray(found.objects)).toBe(true);
    }),
  );
});
