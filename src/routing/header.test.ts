import { expect, test } from "vitest";
import { toHex } from "../base/bytes.ts";
import {
  FLAG_DETOUR,
  FLAGS_SPENT,
  headerFlags,
  headerHopLimit,
  isHeader,
  writeForwardedHeader,
  writeHeader,
} from "./header.ts";
import { HEADER_BYTES } from "./limits.ts";

const destination = new Uint8Array(16).fill(0xfd);

test("a header is version and flags, hop limit, destination", () => {
  const header = new Uint8Array(HEADER_BYTES);
  writeHeader(header, destination, FLAG_DETOUR);
  expect(toHex(header)).toBe(`11fa${"fd".repeat(16)}`);
  const next = new Uint8Array(HEADER_BYTES);
  writeForwardedHeader(next, header, FLAGS_SPENT);
  expect(toHex(next)).toBe(`13f9${"fd".repeat(16)}`);
  expect([headerFlags(next), headerHopLimit(next)]).toEqual([FLAGS_SPENT, 249]);
});

test("other versions, flags and lengths are no header", () => {
  const accepted: number[] = [];
  for (let first = 0; first < 256; first++) {
    const header = new Uint8Array(HEADER_BYTES).fill(1);
    header[0] = first;
    if (isHeader(header)) accepted.push(first);
  }
  expect(accepted).toEqual([0x10, 0x11, 0x13]);
  expect(isHeader(new Uint8Array(HEADER_BYTES - 1).fill(0x10))).toBe(false);
  expect(isHeader(new Uint8Array(HEADER_BYTES + 1).fill(0x10))).toBe(false);
});
