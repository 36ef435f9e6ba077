import type { PeerId, PersonId } from "../identity/index.ts";
import { decodeCbor, encodeCbor, limits, schema } from "../wire/index.ts";
import { VOUCHERS_NAMED_MAX } from "./limits.ts";
import type { LoggedDevice } from "./log/evaluate.ts";
import { type DeviceOrigin, VOUCHER_TAG_BYTES } from "./log/op.ts";

/** Something that happened to a device of a person. */
export interface DeviceEvent {
  readonly kind: "added" | "revoked" | "renamed" | "forked";
  readonly personId: PersonId;
  readonly peerId: PeerId;
  /** What the device is called now. */
  readonly name: string;
  /** The device that did it, by its name; empty: the person's own key. */
  readonly by: string;
  readonly origin: DeviceOrigin;
  /** Blinded ids of the friends who brought it back. */
  readonly vouchers: readonly Uint8Array[];
  /** Wall-clock time at which this peer heard of it, milliseconds since 1970. */
  readonly atMs: number;
}

const eventSchema = schema.record({
  v: schema.literal(1),
  b: schema.text(limits.NAME_BYTES_MAX),
  d: schema.text(32),
  g: schema.list(schema.bytes(VOUCHER_TAG_BYTES), VOUCHERS_NAMED_MAX),
  k: schema.oneOf("added", "revoked", "renamed", "forked"),
  n: schema.text(limits.NAME_BYTES_MAX),
  o: schema.oneOf("first", "paired", "words", "friends"),
  p: schema.text(32),
  w: schema.integer(0, Number.MAX_SAFE_INTEGER),
});

/** What is different between two states of a person's devices. */
export function eventsBetween(
  personId: PersonId,
  before: ReadonlyMap<PeerId, LoggedDevice>,
  after: ReadonlyMap<PeerId, LoggedDevice>,
  atMs: number,
): readonly DeviceEvent[] {
  const events: DeviceEvent[] = [];
  const nameOf = (id: PeerId | undefined): string => (id && after.get(id)?.name) ?? "";
  for (const device of after.values()) {
    const known = before.get(device.peerId);
    const kind = kindOf(known, device);
    if (kind === undefined) continue;
    const { peerId, name, origin, vouchers } = device;
    const by = nameOf(kind === "revoked" ? device.revokedBy : device.addedBy);
    events.push({ kind, personId, peerId, name, by, origin, vouchers, atMs });
  }
  return events;
}

function kindOf(
  before: LoggedDevice | undefined,
  after: LoggedDevice,
): DeviceEvent["kind"] | undefined {
  const stood = before?.state === "standing";
  if (after.state !== "standing") return stood ? "revoked" : undefined;
  if (!stood) return "added";
  if (after.isForked && !before.isForked) return "forked";
  return before.name === after.name ? undefined : "renamed";
}

/** The stored form of an event. */
export function encodeEvent(event: DeviceEvent): Uint8Array {
  return encodeCbor({
    v: 1,
    b: event.by,
    d: event.peerId,
    g: event.vouchers,
    k: event.kind,
    n: event.name,
    o: event.origin,
    p: event.personId,
    w: event.atMs,
  });
}

/** @throws WireError where the record is damaged */
export function decodeEvent(bytes: Uint8Array): DeviceEvent {
  const { b, d, g, k, n, o, p, w } = eventSchema(decodeCbor(bytes), "device event");
  return { kind: k, personId: p, peerId: d, name: n, by: b, origin: o, vouchers: g, atMs: w };
}
