import { deflateRawSync, deflateSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { concatBytes, utf8 } from "../base/bytes.ts";
import { MediaError } from "./errors.ts";
import { readablePage, xmlText } from "./html.ts";
import { cameraJpeg, testPicture } from "./jpeg/picture.fixture.ts";
import { isJpeg } from "./jpeg/sections.ts";
import { ARCHIVE_MEMBERS_MAX } from "./limits.ts";
import { mp4Cover } from "./mp4.ts";
import { pdfFacts, pdfText } from "./pdf.ts";
import { planLayers } from "./plan.ts";
import { cutText, textPreview } from "./text.ts";
import { tarMembers, zipContent, zipMembers } from "./zip.ts";

const photo = cameraJpeg(testPicture(300, 200), { quality: 80 });
let state = 1;
const noise = Uint8Array.from({ length: 200_000 }, () => {
  state ^= state << 13;
  state ^= state >>> 17;
  state ^= state << 5;
  return state & 255;
});

function zip(files: Readonly<Record<string, Uint8Array>>): Uint8Array {
  const parts: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let at = 0;
  for (const [name, bytes] of Object.entries(files)) {
    const packed = new Uint8Array(deflateRawSync(bytes));
    const local = new Uint8Array(30);
    const central = new Uint8Array(46);
    const [l, c] = [new DataView(local.buffer), new DataView(central.buffer)];
    l.setUint32(0, 0x04034b50, true);
    l.setUint16(26, name.length, true);
    c.setUint32(0, 0x02014b50, true);
    c.setUint16(10, 8, true);
    c.setUint32(20, packed.length, true);
    c.setUint32(24, bytes.length, true);
    c.setUint16(28, name.length, true);
    c.setUint32(42, at, true);
    parts.push(local, utf8(name), packed);
    directory.push(central, utf8(name));
    at += 30 + name.length + packed.length;
  }
  const end = new Uint8Array(22);
  const e = new DataView(end.buffer);
  e.setUint32(0, 0x06054b50, true);
  e.setUint32(16, at, true);
  return concatBytes(...parts, ...directory, end);
}

/** What the first layers show as text. */
function previews(bytes: Uint8Array, name: string): readonly string[] {
  const { layers } = planLayers(bytes, name, "rich");
  return layers
    .filter(({ role }) => role === "preview")
    .map((layer) => new TextDecoder().decode(layer.bytes));
}

describe("archives and office files", () => {
  const words = "<w:p><w:t>First &amp; foremost</w:t></w:p><w:p><w:t>Second</w:t></w:p>";

  test("a zip file shows its list", () => {
    const bytes = zip({ "a/one.bin": noise, "two.txt": utf8("two") });
    expect(zipMembers(bytes).map(({ name, sizeBytes }) => [name, sizeBytes])).toEqual([
      ["a/one.bin", 200_000],
      ["two.txt", 3],
    ]);
    expect(previews(bytes, "a.zip")[0]).toContain("200.0 kB\ta/one.bin");
  });

  test("a document shows its words, and its first page where it has one", () => {
    const document = { "word/document.xml": utf8(words), "media/x.bin": noise };
    expect(previews(zip(document), "a.docx")[0]).toBe("First & foremost\nSecond");
    const withPage = zip({ ...document, "docProps/thumbnail.jpeg": photo });
    const { layers } = planLayers(withPage, "a.docx", "rich");
    expect(isJpeg(layers[0]?.bytes ?? new Uint8Array(0))).toBe(true);
    expect(new TextDecoder().decode(layers[1]?.bytes)).toContain("First & foremost");
  });

  test("members are read up to a size", () => {
    const bytes = zip({ "zeros.bin": new Uint8Array(1_000_000) });
    const [member] = zipMembers(bytes);
    expect(member && zipContent(bytes, member, 1_000).length).toBeLessThanOrEqual(1_000);
  });

  test("members are listed up to a number", () => {
    const names = (count: number): Uint8Array => {
      return zip(
        Object.fromEntries(Array.from({ length: count }, (_, at) => [`${at}`, new Uint8Array(0)])),
      );
    };
    expect(zipMembers(names(ARCHIVE_MEMBERS_MAX))).toHaveLength(ARCHIVE_MEMBERS_MAX);
    expect(zipMembers(names(ARCHIVE_MEMBERS_MAX + 1))).toHaveLength(ARCHIVE_MEMBERS_MAX);
  });

  test("a tar file shows its list", () => {
    const header = new Uint8Array(512);
    header.set(utf8("dir/file.bin"));
    header.set(utf8("00000000764\0"), 124);
    header.set(utf8("ustar"), 257);
    const bytes = concatBytes(header, new Uint8Array(512), header, new Uint8Array(512), noise);
    expect(tarMembers(bytes).slice(0, 2)).toEqual([
      { name: "dir/file.bin", sizeBytes: 500 },
      { name: "dir/file.bin", sizeBytes: 500 },
    ]);
    expect(previews(bytes, "a.tar")[0]).toContain("dir/file.bin");
  });

  test("damage ends the list or is refused", () => {
    const bytes = zip({ "a.txt": utf8("some words"), "b.txt": utf8("more words") });
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 5 }),
        fc.nat(400),
        (changes, cut) => {
          const copy = bytes.slice(0, cut);
          for (const [at, value] of changes) if (copy.length > 0) copy[at % copy.length] = value;
          try {
            for (const member of zipMembers(copy)) zipContent(copy, member, 1_000);
            tarMembers(copy);
          } catch (error) {
            expect(error).toBeInstanceOf(MediaError);
          }
        },
      ),
    );
  });
});

describe("PDF", () => {
  const start = utf8(
    "%PDF-1.4\n1 0 obj <</Title (A \\(good\\) book) /Author <FEFF00C4006E006E>>> endobj\n2 0 obj <</Type /Pages /Kids [] /Count 12>> endobj\n",
  );
  const image = concatBytes(
    utf8("3 0 obj <</Filter /DCTDecode>> stream\n"),
    photo,
    utf8("\nendstream endobj\n"),
  );

  test("facts and the first picture", () => {
    const facts = pdfFacts(concatBytes(start, image));
    expect(facts).toMatchObject({ title: "A (good) book", author: "Änn", pages: 12 });
    expect(isJpeg(facts.picture ?? new Uint8Array(0))).toBe(true);
    expect(pdfText(facts, 1_234)).toBe("A (good) book\nÄnn\n12 pages\n1.2 kB\n");
  });

  test("facts in compressed object streams", () => {
    const objects = new Uint8Array(
      deflateSync(utf8("<</Type /Pages /Count 7>> <</Title (Packed)>>")),
    );
    const stream = concatBytes(
      utf8("<</Type /ObjStm /Filter /FlateDecode>>stream\r\n"),
      objects,
      utf8("endstream"),
    );
    expect(pdfFacts(concatBytes(utf8("%PDF-1.5\n"), stream))).toMatchObject({
      title: "Packed",
      pages: 7,
    });
  });

  test("layers: picture, words, file", () => {
    const { layers } = planLayers(concatBytes(start, image, noise), "a.pdf", "rich");
    expect(isJpeg(layers[0]?.bytes ?? new Uint8Array(0))).toBe(true);
    expect(new TextDecoder().decode(layers[1]?.bytes)).toContain("12 pages");
  });
});

test("a video shows its cover", () => {
  const box = (kind: string, ...inside: readonly Uint8Array[]): Uint8Array => {
    const body = concatBytes(...inside);
    const head = new Uint8Array(8);
    new DataView(head.buffer).setUint32(0, 8 + body.length);
    head.set(utf8(kind), 4);
    return concatBytes(head, body);
  };
  const data = box("data", new Uint8Array(8), photo);
  const meta = box("meta", new Uint8Array(4), box("hdlr"), box("ilst", box("covr", data)));
  const video = concatBytes(
    box("ftyp", utf8("isom")),
    box("moov", box("udta", meta)),
    box("mdat", noise),
  );
  expect(mp4Cover(box("udta", meta))).toEqual(photo);
  expect(planLayers(video, "a.mp4", "gentle").layers.map(({ role }) => role)).toEqual([
    "preview",
    "body",
  ]);
  expect(
    planLayers(concatBytes(box("ftyp"), box("mdat", noise)), "a.mp4", "gentle").note,
  ).toContain("no cover");
});

describe("words", () => {
  test("pages lose what does not help reading", () => {
    const page = readablePage(
      "<style>p{}</style><p onclick=x>1 < 2 &amp;&#65;</p><!-- no --><img alt='a cat'>",
    );
    expect(page).toContain("<p>1 &lt; 2 &amp;A</p>");
    expect(page).toContain("[a cat]");
    expect(page).not.toContain("onclick");
    expect(page).not.toContain("p{}");
  });

  test("unclosed tags take no longer than others", () => {
    expect(readablePage("<".repeat(300_000)).length).toBeGreaterThan(300_000);
    expect(readablePage("<a ".repeat(100_000)).length).toBeLessThan(1_000);
    expect(xmlText(" ".repeat(300_000))).toBe("");
  });

  test("texts are cut at whole characters", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 200 }), fc.nat(300), (text, room) => {
        const cut = cutText(text, room);
        expect(utf8(cut).length).toBeLessThanOrEqual(room);
        expect(text.startsWith(cut)).toBe(true);
        expect(textPreview(text, room).length).toBeLessThanOrEqual(Math.max(0, room));
      }),
    );
  });
});
