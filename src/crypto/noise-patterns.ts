/** Handshake patterns in use: mutual with unknown keys, to a known key, one-way to a known key. */
export type NoisePattern = "XX" | "IK" | "X";

/** A step inside a handshake message (Noise revision 34, section 7.1). */
export type NoiseToken = "e" | "s" | "ee" | "es" | "se" | "ss";

/** A pattern in the notation of Noise revision 34, sections 7.4 and 7.5. */
export interface NoisePatternSteps {
  /** Whether the initiator knows the responder's static key beforehand (`<- s …`). */
  readonly responderKnown: boolean;
  /** Tokens of each message; the initiator writes the first, then both take turns. */
  readonly messages: readonly (readonly NoiseToken[])[];
}

/** What each pattern does. */
export const NOISE_PATTERNS: Readonly<Record<NoisePattern, NoisePatternSteps>> = {
  XX: {
    responderKnown: false,
    messages: [["e"], ["e", "ee", "s", "es"], ["s", "se"]],
  },
  IK: {
    responderKnown: true,
    messages: [
      ["e", "es", "s", "ss"],
      ["e", "ee", "se"],
    ],
  },
  X: {
    responderKnown: true,
    messages: [["e", "es", "s", "ss"]],
  },
};
