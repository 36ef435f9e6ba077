import { expect, test } from "vitest";
import { GERMAN } from "../../console/src/words/german.ts";
import { codeFiles, read } from "./tree.ts";

/** Where parts of a peer say what they found on this machine: by an id, and in English. */
const LOOKERS =
  /^src\/(adapters\/node\/(udp|tcp|multicast|diagnostics)|cli\/daemon\/(tun|resolver))\.ts$/;
const ID = /\bid(?:: | = )(?:"([a-z0-9-]+)"|`([a-z0-9-]+)\$\{family\}`)/g;

test("what the doctor looks at has a name in the languages of the console", () => {
  const files = codeFiles().filter((file) => LOOKERS.test(file));
  expect(files).toHaveLength(6);
  const ids = files.flatMap((file) =>
    [...read(file).matchAll(ID)].flatMap(([, whole, start]) =>
      whole === undefined ? [`${start}4`, `${start}6`] : [whole],
    ),
  );
  expect(Object.keys(GERMAN.told.looked).toSorted()).toEqual([...new Set(ids)].toSorted());
});
