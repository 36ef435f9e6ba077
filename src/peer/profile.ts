import type { RoutingOptions } from "../routing/index.ts";
import { sessionLimits } from "../session/index.ts";

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

/** Bytes that sessions may hold of what came out of order, all together, by profile. */
export const HELD_BYTES: Readonly<Record<PeerProfile, number>> = {
  computer: sessionLimits.HELD_BYTES_MAX,
  phone: 16 << 20,
  radio: 4 << 20,
};
