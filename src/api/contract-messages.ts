import type { WhyCode, WhyFacts } from "../messages/index.ts";

/** A file as a message tells of it. */
export interface MessageFileBody {
  /** Link of an object of the store. */
  readonly link: string;
  readonly name: string;
  readonly sizeBytes: number;
  readonly mediaType: string;
}

/** How far a message is on its way to one device of its recipient. */
export interface DeliveryBody {
  readonly peerId: string;
  /** What the device calls itself, or its address. */
  readonly name: string;
  /** Here alone; with somebody who holds or carries it; on that device; read there. */
  readonly state: "waiting" | "held" | "delivered" | "read";
  readonly sinceMs: number | null;
  readonly holders: readonly { readonly name: string; readonly sinceMs: number }[];
}

/** Why a message is where it is: in English, and as a code with what it is about. */
export interface WhyReasonBody {
  readonly code: WhyCode;
  readonly facts: WhyFacts;
  readonly words: string;
  /** What can be done; empty where nothing needs to be. */
  readonly advice: string;
}

/** GET /v1/messages/why?id= */
export interface WhyBody extends WhyReasonBody {
  readonly id: string;
  readonly devices: readonly (WhyReasonBody & {
    readonly peerId: string;
    readonly name: string;
  })[];
}

/** GET and PUT /v1/messages/settings */
export interface MessageSettingsBody {
  /** Whether those who write are told when their messages have been read here. */
  readonly receipts: boolean;
}

/** What was agreed with somebody about holding letters. */
export interface AnchorBody {
  readonly peerId: string;
  /** The device, or the contact whose it is. */
  readonly name: string;
  /** "anchor": they hold for me; "owner": I hold for them. */
  readonly role: "anchor" | "owner";
  readonly state: "asked" | "agreed" | "refused";
  readonly bytesMax: number;
  readonly days: number;
  readonly sinceMs: number;
  /** Letters and bytes that are held here for an owner now. */
  readonly heldLetters: number;
  readonly heldBytes: number;
}

/** GET /v1/anchors */
export interface AnchorsBody {
  readonly anchors: readonly AnchorBody[];
  /** Letters and bytes that are carried for others, besides. */
  readonly carriedLetters: number;
  readonly carriedBytes: number;
}

/** POST /v1/carry/in with the bytes of a carry file. */
export interface CarriedInBody {
  readonly letters: number;
  readonly delivered: number;
  /** Were for this device, and here already. */
  readonly repeated: number;
  readonly kept: number;
  readonly refused: number;
}

/** Header of the answer to POST /v1/carry/out: how many letters are in the file, and how many did not fit. */
export const CARRY_HEADER = "peernet-letters";
