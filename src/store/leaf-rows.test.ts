import { expect, test } from "vitest";
import { LeafRows } from "./leaf-rows.ts";
import { HASH_BYTES } from "./merkle.ts";

/** Leaves of a stripe that differ in every byte's place, for so many fragments and some in reserve. */
const leavesOf = (stripe: number, fragments: number): Uint8Array =>
  Uint8Array.from({ length: fragments * HASH_BYTES }, (_, at) => (stripe * 31 + at * 7) & 0xff);

test.each([0, 1, 2, 5, 16, 17, 300, 1_100])(
  "the lists of %d stripes are their columns",
  (count) => {
    const rows = new LeafRows(3);
    for (let stripe = 0; stripe < count; stripe++) rows.push(leavesOf(stripe, 5));
    expect(rows.listBytes).toBe(count * HASH_BYTES);
    for (let fragment = 0; fragment < 3; fragment++) {
      const wanted = Array.from({ length: count }, (_, stripe) => {
        const from = fragment * HASH_BYTES;
        return [...leavesOf(stripe, 5).subarray(from, from + HASH_BYTES)];
      });
      const list = new Uint8Array(rows.listBytes);
      rows.write(fragment, list);
      expect([...list]).toEqual(wanted.flat());
    }
  },
);
