/** Space the peer uses for objects. */
export interface StoreSummary {
  readonly usedBytes: number;
  readonly quotaBytes: number;
  readonly objectCount: number;
  readonly fragmentCount: number;
  /** Bytes that were sent to other peers for objects since the start. */
  readonly sentBytes: number;
  readonly healing: HealingSummary;
  readonly audits: AuditsSummary;
}

/** How the fragments that are kept here are cared for. */
export interface HealingSummary {
  /** Objects that are watched: of which fragments are here, or that are your own. */
  readonly watched: number;
  /** Of those, with so few fragments left that they are to be healed. */
  readonly sick: number;
  /** Of those, being healed by this peer now. */
  readonly healing: number;
  /** Since the start: objects healed here, fragments made anew, healings that failed. */
  readonly healed: number;
  /** Objects made whole in passing, while you read them. */
  readonly inPassing: number;
  readonly made: number;
  readonly failed: number;
}

/** What came of the audits of your objects that began by themselves. */
export interface AuditsSummary {
  readonly isOn: boolean;
  /** Since the start: objects audited, and how often a holder stood it how. */
  readonly objects: number;
  readonly proved: number;
  readonly wrong: number;
  readonly lost: number;
  readonly silent: number;
  /** Wall clock of the last one, of before the start too; 0 where there was none. */
  readonly lastAtMs: number;
}

/**
 * PUT /v1/objects?name=…&layers=…&code=…&type=… with the bytes as body -> 201. Answers when everything is persisted;
 * spreading to other peers goes on and shows in events and in `health`.
 */
export interface ObjectBody {
  /** The capability link: whoever has it can read the object. */
  readonly link: string;
  /** Its root as a content id (CIDv1): whoever has it can check and heal the object, not read it. */
  readonly cid: string;
  readonly name: string;
  readonly sizeBytes: number;
  readonly createdAtMs: number;
  /** Empty where nobody told. */
  readonly mediaType: string;
  /** Fragments that it takes to read all of it. */
  readonly k: number;
  /** Fragments that are kept. */
  readonly n: number;
  /** Fragments that can be made: those above n when they are needed. */
  readonly nMax: number;
  readonly health: ObjectHealth;
}

/**
 * The header of GET /v1/objects/{link}/preview?layers=… that says which layers are shown and of how
 * many, such as `2/3`.
 */
export const PREVIEW_HEADER = "peernet-layers";

/** The header of GET /v1/objects/{link} with the object's media type, where its maker told one. */
export const MEDIA_TYPE_HEADER = "peernet-media-type";

/** The media type of a folder that was stored as one object: a tar archive. */
export const FOLDER_MEDIA_TYPE = "application/vnd.peernet.folder+tar";

/** One layer of an object: bytes that any `k` of its fragments give back. */
export interface LayerBody {
  readonly k: number;
  readonly sizeBytes: number;
  /** A preview stands for the file while more is missing; the body layers are the file. */
  readonly role: "preview" | "body";
  /** Whether enough fragments are known. */
  readonly isReadable: boolean;
}

/** Where the fragments of an object are, as far as this peer knows. */
export interface ObjectHealth {
  /** Fragments known to be persisted somewhere (here included). */
  readonly alive: number;
  /** Of those, here. */
  readonly here: number;
  /** Of those here, how many wait for a peer that should keep them. */
  readonly waiting: number;
  /** Peers (this one included) that keep at least one. */
  readonly holders: number;
  /** Most important first; none where no peer within reach knows the object. */
  readonly layers: readonly LayerBody[];
  /** In words: what would survive now. */
  readonly summary: string;
}

/** GET /v1/objects */
export interface ObjectsBody {
  readonly objects: readonly ObjectBody[];
}
