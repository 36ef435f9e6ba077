import type { PersonId } from "../identity/index.ts";
import { schema } from "../wire/index.ts";
import { parseRange } from "./addresses.ts";
import { GatewayError } from "./errors.ts";
import type { Form } from "./kept.ts";
import { SHARE_RANGES_MAX, SHARES_MAX } from "./limits.ts";
import type { Who } from "./types.ts";
import { whoKey, whoSchema } from "./who.ts";

/** To whom this peer's uplink is open, and how far. */
export interface Share {
  readonly to: Who;
  /** Bytes in both directions per day (UTC), of everybody it is for together; undefined: no limit. */
  readonly quotaBytes: number | undefined;
  /** Bits per second in both directions together; undefined: no limit. */
  readonly rateBits: number | undefined;
  /** Ranges of local addresses that may be reached as well, such as "192.168.1.0/24". */
  readonly alsoTo: readonly string[];
  /** Whether it carries packets of full tunnels too. */
  readonly fullTunnel?: boolean;
  /** Whether it goes on while this machine's line costs by the byte. */
  readonly meteredOk?: boolean;
}

/** What is kept of uplinks. */
export interface UplinkSettings {
  readonly shares: readonly Share[];
  /** Whose uplink this machine's programs use; undefined: nobody's. */
  readonly use: PersonId | undefined;
  /** Whether all of this machine's internet goes by it, and none by its own line. */
  readonly fullTunnel: boolean;
}

const RANGE_BYTES_MAX = 64;
const storedSchema = schema.record({
  v: schema.literal(1),
  f: schema.optional(schema.boolean),
  s: schema.list(
    schema.record({
      a: schema.list(schema.text(RANGE_BYTES_MAX), SHARE_RANGES_MAX),
      f: schema.optional(schema.boolean),
      m: schema.optional(schema.boolean),
      q: schema.optional(schema.integer(0, Number.MAX_SAFE_INTEGER)),
      r: schema.optional(schema.integer(1, Number.MAX_SAFE_INTEGER)),
      w: whoSchema,
    }),
    SHARES_MAX,
  ),
  u: schema.optional(schema.text(32)),
});

/** The stored form. */
export const UPLINK_FORM: Form<UplinkSettings> = {
  key: "gateway/uplink",
  empty: { shares: [], use: undefined, fullTunnel: false },
  schema: (value, path) => {
    const { f, s, u } = storedSchema(value, path);
    const shares = s.map((one) => ({
      ...{ to: one.w, quotaBytes: one.q, rateBits: one.r, alsoTo: one.a },
      ...{ fullTunnel: one.f === true, meteredOk: one.m === true },
    }));
    return { shares, use: u, fullTunnel: f === true };
  },
  encode: ({ shares, use, fullTunnel }) => ({
    v: 1,
    f: fullTunnel || undefined,
    s: shares.map((share) => ({
      ...{ a: share.alsoTo, f: share.fullTunnel || undefined, q: share.quotaBytes },
      ...{ m: share.meteredOk || undefined, r: share.rateBits, w: share.to },
    })),
    u: use,
  }),
};

/**
 * The settings with one share more, or another in its place.
 * @throws GatewayError("bad-rule" | "too-many")
 */
export function withShare(now: UplinkSettings, share: Share): UplinkSettings {
  if (share.alsoTo.length > SHARE_RANGES_MAX) {
    throw new GatewayError("too-many", `At most ${SHARE_RANGES_MAX} ranges can be opened.`);
  }
  for (const range of share.alsoTo) parseRange(range);
  const others = now.shares.filter(({ to }) => whoKey(to) !== whoKey(share.to));
  if (others.length >= SHARES_MAX) {
    throw new GatewayError("too-many", `The uplink is shared with ${SHARES_MAX} already.`);
  }
  return { ...now, shares: [...others, share] };
}
