/** How two people met. */
export interface MeetingBody {
  readonly kind:
    | "invited"
    | "invite"
    | "introduced"
    | "group"
    | "bond"
    | "restored"
    | "imported"
    | "unknown";
  readonly atMs: number;
  /** What the introducer was called here then, or the group's name; null where there is none. */
  readonly by: string | null;
  /** What the device of yours is called from which this one has them; null where they were met here. */
  readonly via: string | null;
  /** All that in a sentence. */
  readonly words: string;
}

/** A device of a contact. */
export interface ContactDeviceBody {
  readonly peerId: string;
  readonly address: string;
  /** What it calls itself; null where it is not known now. */
  readonly name: string | null;
  readonly reachable: boolean;
  /**
   * Whether letters to and from it are sealed so that a quantum computer of later does not open what is
   * recorded now. Not said of letters of before, nor of group chats, calls or who writes to whom.
   */
  readonly quantumSafe: boolean;
}

/** GET /v1/contacts/{who} */
export interface ContactDetailBody {
  readonly personId: string;
  readonly petname: string;
  readonly state: "asked" | "met";
  /** Why the other side has not accepted yet; null otherwise. */
  readonly refusal: string | null;
  readonly addedAtMs: number;
  readonly howMet: MeetingBody;
  /** When and how keys were compared; null: they were not. */
  readonly verified: { readonly atMs: number; readonly how: "qr" | "words" } | null;
  readonly blocked: boolean;
  readonly lastSeenAtMs: number | null;
  /** Whether a verified contact shows another key: nothing is sent until that is confirmed. */
  readonly keyChanged: boolean;
  readonly devices: readonly ContactDeviceBody[];
  /** What came from them by introduction and was unwanted; how long nothing may come that way. */
  readonly edge: {
    readonly violations: number;
    readonly closedForMs: number;
    readonly underWay: number;
  };
}

/** POST /v1/contacts/{who}/words -> 200: what to compare by voice, and the own code to be scanned. */
export interface VerificationBody {
  readonly words: string;
}

/** GET /v1/person */
export interface PersonCodeBody {
  /** `peernet:person/…`, for a QR code. */
  readonly code: string;
}

/** PUT /v1/contacts-file with a vCard or JSON file as body */
export interface ImportBody {
  readonly added: number;
  readonly known: number;
  readonly skipped: number;
}

/** A request from a stranger. Its texts are somebody else's: show them as text and nothing else. */
export interface RequestBody {
  readonly id: string;
  readonly personId: string;
  /** Whose word it is and what they say, in a sentence; the only place where names stand. */
  readonly provenance: string;
  readonly text: string;
  readonly atMs: number;
  readonly endsAtMs: number;
  /** The petname of a contact that the names in it are easily confused with, or null. */
  readonly looksLike: string | null;
  /** What the person would be called if nothing else is said. */
  readonly suggestedName: string;
  /** The other own device to which it came, by its name; null: this one. Answers given here are told to it. */
  readonly device: string | null;
}

/** An answer given here to a request that came to another own device, until that one has heard it. */
export interface WaitingAnswerBody {
  readonly id: string;
  readonly answer: "accept" | "decline" | "unwanted";
  /** As in the request. */
  readonly provenance: string;
  /** The device that has to hear it, by its name. */
  readonly device: string;
}

/** An introduction that was begun here, one line for each of the two; or a knock. */
export interface SentIntroductionBody {
  readonly id: string;
  /** Whether it is of oneself: a knock at a member of a group, whose name is "anna (choir)" then. */
  readonly isOwn: boolean;
  readonly to: string;
  readonly about: string;
  readonly atMs: number;
  readonly state: "waiting" | "delivered" | "not-unwanted" | "unwanted" | "refused";
}

/** PUT /v1/request-settings {perDay?, relay?, findable?} */
export interface RequestSettingsBody {
  /** Requests shown a day, by UTC. */
  readonly perDay: number;
  /** Whether introductions between contacts of this person and theirs pass on by themselves. */
  readonly relay: boolean;
  /** Whether strangers may find a way to this person over its contacts. */
  readonly findable: boolean;
}

/** GET /v1/requests */
export interface RequestsBody {
  readonly requests: readonly RequestBody[];
  readonly waiting: readonly WaitingAnswerBody[];
  readonly sent: readonly SentIntroductionBody[];
  readonly settings: RequestSettingsBody;
}
