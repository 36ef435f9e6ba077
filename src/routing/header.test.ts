import { expect, test } from "vitest";
import { toHex } from "../base/bytes.ts";
import {
  FLAG_DETOUR,
  FLAG_RETURN,
  FLAGS_SPENT,
  headerFlags,
  headerHopLimit,
  isHeader,
  PLAIN_HEADER_BYTES_MAX,
  writeForwardedHeader,
  writeHeader,
} from "./header.ts";
import { EXTENDED_HEADER_BYTES_MAX, HEADER_BYTES } from "./limits.ts";

const destination = new Uint8Array(16).fill(0xfd);
const self = new Uint8Array(16).fill(5);

test("a header is version and flags, hop limit, destination", () => {
  const header = new Uint8Array(HEADER_BYTES);
  expect(writeHeader(header, destination, 0, self)).toBe(HEADER_BYTES);
  expect(toHex(header)).toBe(`20fa${"fd".repeat(16)}`);
  const next = new Uint8Array(HEADER_BYTES);
  expect(writeForwardedHeader(next, header, FLAGS_SPENT, self, false)).toBe(HEADER_BYTES);
  expect(toHex(next)).toBe(`23f9${"fd".repeat(16)}`);
  expect([headerFlags(next), headerHopLimit(next)]).toEqual([FLAGS_SPENT, 249]);
});

test("on a detour it names who began that, until it ends", () => {
  const header = new Uint8Array(PLAIN_HEADER_BYTES_MAX);
  expect(writeHeader(header, destination, FLAG_DETOUR, self)).toBe(PLAIN_HEADER_BYTES_MAX);
  expect(toHex(header)).toBe(`21fa${"fd".repeat(16)}${"05".repeat(16)}`);
  const next = new Uint8Array(PLAIN_HEADER_BYTES_MAX);
  const other = new Uint8Array(16).fill(6);
  writeForwardedHeader(next, header, FLAG_RETURN, other, true);
  expect(toHex(next)).toBe(`22f9${"fd".repeat(16)}${"05".repeat(16)}`);
  writeForwardedHeader(next, header, FLAG_DETOUR, other, false);
  expect(toHex(next)).toBe(`21f9${"fd".repeat(16)}${"06".repeat(16)}`);
  expect(writeForwardedHeader(next, header, FLAGS_SPENT, other, true)).toBe(HEADER_BYTES);
});

test("other versions, flags and lengths are no header", () => {
  const accepted = (bytes: number): number[] => {
    const header = new Uint8Array(bytes).fill(1);
    return Array.from({ length: 256 }, (_, first) => first).filter((first) => {
      header[0] = first;
      return isHeader(header);
    });
  };
  expect(accepted(HEADER_BYTES)).toEqual([0x20, 0x23]);
  expect(accepted(HEADER_BYTES + 1)).toEqual([0x24, 0x27]);
  expect(accepted(PLAIN_HEADER_BYTES_MAX)).toEqual([0x21, 0x22, 0x24, 0x27]);
  expect(accepted(EXTENDED_HEADER_BYTES_MAX)).toEqual([0x24, 0x25, 0x26, 0x27]);
  expect(accepted(EXTENDED_HEADER_BYTES_MAX + 1)).toEqual([]);
  expect(isHeader(new Uint8Array(HEADER_BYTES - 1).fill(0x20))).toBe(false);
  expect(isHeader(new Uint8Array(HEADER_BYTES + 1).fill(0x20))).toBe(false);
});
