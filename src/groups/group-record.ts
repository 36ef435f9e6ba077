import { fromHex, toHex } from "../base/bytes.ts";
import { must } from "../base/errors.ts";
import type { PeerId } from "../identity/index.ts";
import { decodeCbor, encodeCbor, schema } from "../wire/index.ts";
import {
  ENDPOINT_BYTES_MAX,
  GROUP_LABEL_BYTES_MAX,
  HINTS_MAX,
  LINK_ENDPOINTS_MAX,
} from "./limits.ts";
import { GROUP_ID_BYTES, limits, type OpId } from "./log/index.ts";

/** Beginning of the keys of all groups' records. */
export const GROUPS = "groups/group/";
const VERSION = 1;

/** What this device keeps of a group besides its operations. */
export interface GroupRecord {
  /** 32 hexadecimal digits. */
  readonly id: string;
  /** What it is called here: letters a-z, digits and hyphens. */
  readonly label: string;
  /** What it called itself when it was joined; the log knows better later. */
  readonly title: string;
  readonly hints: readonly PeerId[];
  readonly endpoints: readonly string[];
  /** The invite by which this device joins, as long as it is not in. */
  readonly joining: { readonly invite: OpId; readonly op: Uint8Array } | undefined;
  /** Whether this peer makes the first admins owners by itself. */
  readonly isAuto: boolean;
}

const recordSchema = schema.record({
  v: schema.literal(VERSION),
  i: schema.bytes(GROUP_ID_BYTES),
  n: schema.text(GROUP_LABEL_BYTES_MAX),
  t: schema.text(limits.TITLE_BYTES_MAX),
  h: schema.list(schema.bytes(16), HINTS_MAX),
  e: schema.list(schema.text(ENDPOINT_BYTES_MAX), LINK_ENDPOINTS_MAX),
  j: schema.optional(
    schema.record({ i: schema.bytes(32), o: schema.bytes(1, limits.OP_BYTES_MAX) }),
  ),
  a: schema.boolean,
});

/** Key of a group's record. */
export function groupKey(id: string): string {
  return GROUPS + id;
}

/** Beginning of the keys of a group's operations. */
export function opsPrefix(id: string): string {
  return `groups/ops/${id}/`;
}

/** Key of the operation that was kept as the `count`th: the order of keys is that of keeping. */
export function opKey(id: string, count: number): string {
  return opsPrefix(id) + count.toString(16).padStart(8, "0");
}

/** Beginning of the keys of a group's pages. */
export function pagesPrefix(id: string): string {
  return `groups/pages/${id}/`;
}

/** Key of a page; the order of keys is that of the operations that pages tell of. */
export function pageKey(id: string, page: number): string {
  return pagesPrefix(id) + page.toString(16).padStart(4, "0");
}

/** Beginning of the keys of members' words about freshness. */
export function leasesPrefix(id: string): string {
  return `groups/lease/${id}/`;
}

/** The record as it is kept. */
export function encodeGroup(record: GroupRecord): Uint8Array {
  const { id, label, title, hints, endpoints, joining, isAuto } = record;
  return encodeCbor({
    v: VERSION,
    i: bytes(id),
    n: label,
    t: title,
    h: hints.map(bytes),
    e: [...endpoints],
    j: joining === undefined ? undefined : { i: bytes(joining.invite), o: joining.op },
    a: isAuto,
  });
}

/** @throws WireError where it is damaged */
export function decodeGroup(content: Uint8Array): GroupRecord {
  const { i, n, t, h, e, j, a } = recordSchema(decodeCbor(content), "group");
  const joining = j === undefined ? undefined : { invite: toHex(j.i), op: j.o };
  return {
    id: toHex(i),
    label: n,
    title: t,
    hints: h.map(toHex),
    endpoints: e,
    joining,
    isAuto: a,
  };
}

function bytes(hex: string): Uint8Array {
  return must(fromHex(hex), "ids are hexadecimal");
}
