import type { RoutingOptions } from "../routing/index.ts";
import { type SessionOptions, sessionLimits } from "../session/index.ts";

/** What kind of machine and links a peer has: it decides how much of the mesh it keeps in mind. */
export type PeerProfile = "computer" | "phone" | "radio";

/** All profiles, as people write them. */
export const PROFILES: readonly PeerProfile[] = ["computer", "phone", "radio"];

/** Origins that routing keeps, by profile: the nearest ones (B_v) and landmarks (B_l). */
export const BUDGETS: Readonly<
  Record<PeerProfile, Required<Pick<RoutingOptions, "vicinityMax" | "landmarksMax">>>
> = {
  computer: { vicinityMax: 4_096, landmarksMax: 512 },
  phone: { vicinityMax: 256, landmarksMax: 64 },
  radio: { vicinityMax: 32, landmarksMax: 16 },
};

/** How thrifty sessions are, and how much they may hold of what came out of order, by profile. */
export const SESSION_BUDGETS: Readonly<
  Record<PeerProfile, Required<Pick<SessionOptions, "isThrifty" | "heldBytesMax">>>
> = {
  computer: { isThrifty: false, heldBytesMax: sessionLimits.HELD_BYTES_MAX },
  phone: { isThrifty: false, heldBytesMax: 16 << 20 },
  radio: { isThrifty: true, heldBytesMax: 4 << 20 },
};
