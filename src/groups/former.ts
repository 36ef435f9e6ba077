import { fromHex, toHex } from "../base/bytes.ts";
import { must } from "../base/errors.ts";
import { decodeCbor, encodeCbor, schema } from "../wire/index.ts";
import { limits, type Op } from "./log/index.ts";

/** Beginning of the keys of what is remembered of groups that are here no longer. */
export const FORMER = "groups/former/";

/** A device's last operation in each group that it has let go of, by the group's id. */
export type FormerOps = Map<string, Pick<Op, "id" | "seq">>;

const formerSchema = schema.record({
  v: schema.literal(1),
  i: schema.bytes(32),
  q: schema.integer(1, limits.OPS_PER_DEVICE_MAX),
});

/** Key of what is remembered of a group. */
export function formerKey(group: string): string {
  return FORMER + group;
}

/** What is kept, so that a device that comes back does not seem to tell two stories. */
export function encodeFormer({ id, seq }: Pick<Op, "id" | "seq">): Uint8Array {
  return encodeCbor({ v: 1, i: must(fromHex(id), "ids are hexadecimal"), q: seq });
}

/** @throws WireError where it is damaged */
export function decodeFormer(bytes: Uint8Array): Pick<Op, "id" | "seq"> {
  const { i, q } = formerSchema(decodeCbor(bytes), "former group");
  return { id: toHex(i), seq: q };
}
