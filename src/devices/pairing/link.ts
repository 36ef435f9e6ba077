import { fromBase32, toBase32 } from "../../base/base32.ts";
import { utf8 } from "../../base/bytes.ts";
import { TypedError } from "../../base/errors.ts";
import { decodeCbor, encodeCbor, schema } from "../../wire/index.ts";
import { DevicesError } from "../errors.ts";
import { LINK_CHARS_MAX, LINK_ENDPOINT_BYTES_MAX, LINK_ENDPOINTS_MAX } from "../limits.ts";

/** Bytes of the secret in a link. */
export const LINK_SECRET_BYTES = 16;

/** What a link asks for: to become a device of somebody, or to help somebody back. */
export type LinkPurpose = "device" | "recover";

/** What such a link says. */
export interface DeviceLink {
  /** Sign key of the device that made it, 32 bytes. */
  readonly signKey: Uint8Array;
  /** Where that device can be dialled. */
  readonly endpoints: readonly string[];
  /** Good once. */
  readonly secret: Uint8Array;
  /** Wall-clock time, milliseconds since 1970. */
  readonly expiresAtMs: number;
}

const linkSchema = schema.record({
  v: schema.literal(1),
  d: schema.bytes(32),
  e: schema.list(schema.text(LINK_ENDPOINT_BYTES_MAX), LINK_ENDPOINTS_MAX),
  s: schema.bytes(LINK_SECRET_BYTES),
  x: schema.integer(0, Number.MAX_SAFE_INTEGER),
});

/** The link: base32 over a canonical CBOR map. It is a secret: it goes from hand to hand. */
export function formatDeviceLink(purpose: LinkPurpose, link: DeviceLink): string {
  const { signKey, endpoints, secret, expiresAtMs } = link;
  const body = encodeCbor({ v: 1, d: signKey, e: endpoints, s: secret, x: expiresAtMs });
  return prefixOf(purpose) + toBase32(body);
}

/** @throws DevicesError("bad-link") */
export function parseDeviceLink(purpose: LinkPurpose, text: string): DeviceLink {
  const trimmed = text.length > LINK_CHARS_MAX ? "" : text.trim();
  const prefix = prefixOf(purpose);
  const isPrefixed = trimmed.slice(0, prefix.length).toLowerCase() === prefix;
  const bytes = isPrefixed ? fromBase32(trimmed.slice(prefix.length)) : undefined;
  try {
    const found = linkSchema(decodeCbor(bytes ?? new Uint8Array(0)), "link");
    return { signKey: found.d, endpoints: found.e, secret: found.s, expiresAtMs: found.x };
  } catch (cause) {
    if (!(cause instanceof TypedError)) throw cause;
    throw new DevicesError(
      "bad-link",
      `This is no whole link. Copy it again, from '${prefix}' to its end.`,
      { cause },
    );
  }
}

/** The endpoints that fit a link, best first. */
export function fittingEndpoints(endpoints: readonly string[]): readonly string[] {
  return endpoints
    .filter((text) => utf8(text).length <= LINK_ENDPOINT_BYTES_MAX)
    .slice(0, LINK_ENDPOINTS_MAX);
}

function prefixOf(purpose: LinkPurpose): string {
  return `peernet:${purpose}/`;
}
