import { expect, test } from "vitest";
import { checkFile } from "./body.ts";
import { MessagesError } from "./errors.ts";
import { FILE_LINK_BYTES_MAX, FILE_NAME_BYTES_MAX } from "./limits.ts";

const PREFIX = "peernet:object/";
const file = { link: `${PREFIX}abc234`, name: "list.pdf", mediaType: "", sizeBytes: 7 };

test("files have a name, and a link that is nothing but a link: people type it into shells", () => {
  const most = PREFIX + "a".repeat(FILE_LINK_BYTES_MAX - PREFIX.length);
  for (const good of [file, { ...file, link: most }, { ...file, name: "$(x) ü" }]) {
    expect(() => checkFile(good)).not.toThrow();
  }
  const rests = ["", "a;b", "a$(b)", "a`b`", "a|b", "a b", "a>b", "a\n", "ä", "A", "a/../b"];
  const links = ["", "https://x", `${most}a`, ...rests.map((rest) => PREFIX + rest)];
  for (const link of links) {
    expect(() => checkFile({ ...file, link }), link).toThrow(MessagesError);
  }
  for (const name of ["", "a\nb", "x".repeat(FILE_NAME_BYTES_MAX + 1)]) {
    expect(() => checkFile({ ...file, name }), name).toThrow(MessagesError);
  }
});
