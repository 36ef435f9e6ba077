import { concatBytes, NO_BYTES, utf8 } from "../../base/bytes.ts";

/** A name as it travels. */
export function nameBytes(name: string): Uint8Array {
  const labels = name === "" ? [] : name.split(".");
  return concatBytes(
    ...labels.map((label) => concatBytes(Uint8Array.of(utf8(label).length), utf8(label))),
    Uint8Array.of(0),
  );
}

/** What is unusual about a query. */
export interface QueryOptions {
  readonly klass?: number;
  readonly flags?: number;
  readonly counts?: readonly number[];
  readonly tail?: Uint8Array;
}

/** A query with id 0x1234 that wishes recursion, about a name or the bytes of one. */
export function queryOf(
  name: string | Uint8Array,
  type: number = 28,
  options: QueryOptions = {},
): Uint8Array {
  const { klass = 1, flags = 0x0100, counts = [1, 0, 0, 0], tail = NO_BYTES } = options;
  const pair = (value: number): readonly number[] => [value >> 8, value & 0xff];
  return concatBytes(
    Uint8Array.from([0x12, 0x34, ...pair(flags), ...counts.flatMap(pair)]),
    typeof name === "string" ? nameBytes(name) : name,
    Uint8Array.from([...pair(type), ...pair(klass)]),
    tail,
  );
}

/** The record of extended DNS, as resolvers append it. */
export const EXTENDED: Uint8Array = Uint8Array.of(0, 0, 41, 0x10, 0, 0, 0, 0, 0, 0, 0);
