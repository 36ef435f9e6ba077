import type { CryptoSuite } from "../../crypto/index.ts";
import type { PersonId } from "../../identity/index.ts";
import type { MoneyError } from "../errors.ts";
import type { Place } from "./batch.ts";
import type { LineState } from "./state.ts";
import type { Batch, LineTerms, Side } from "./types.ts";

/** What a line is made of, seen from one of its sides. */
export interface LineCoreOptions {
  readonly suite: CryptoSuite;
  readonly terms: LineTerms;
  /** Our side. */
  readonly side: Side;
  /** The person for whom a device acts by this proof; undefined where it does not (any more). */
  readonly personOf: (key: Uint8Array, proof: Uint8Array) => PersonId | undefined;
}

/** One of our batches that the partner has not shown to have seen. */
export interface Unseen {
  readonly batch: Batch;
  readonly hash: Uint8Array;
}

/** An account of the line that one side has signed. */
export interface OwnStatement {
  readonly statement: Uint8Array;
  readonly signature: Uint8Array;
}

/** Where a line goes on, as `snapshot.ts` keeps it. */
export interface LineCoreBeginning {
  readonly full: LineState;
  readonly judged: LineState;
  readonly seen: number;
  readonly seenHash: Uint8Array;
  readonly theirCount: number;
  readonly theirHead: Uint8Array;
  readonly ourKey: Uint8Array | undefined;
  readonly theirKey: Uint8Array | undefined;
  readonly statements: ReadonlyMap<number, OwnStatement>;
  readonly unseen: readonly Unseen[];
}

/** An account that both sides have signed, in the order of the sides. */
export interface SignedStatement {
  readonly statement: Uint8Array;
  readonly keys: readonly [Uint8Array, Uint8Array];
  readonly signatures: readonly [Uint8Array, Uint8Array];
}

/** What a batch of the partner turned out to be. */
export type Taken =
  | {
      readonly t: "new";
      readonly batch: Batch;
      readonly hash: Uint8Array;
      /** Ids of the locks of ours that its `fulfil`s and `cancel`s are about, in order. */
      readonly released: readonly Uint8Array[];
      /** The partner's signed account of the line, for us to agree with. */
      readonly statement: OwnStatement | undefined;
      /** An account of ours that the partner agrees with now. */
      readonly agreed: SignedStatement | undefined;
    }
  /** It is here already. */
  | { readonly t: "known" }
  /** Another batch of this number is here, signed by the same key: the partner has told two stories. */
  | { readonly t: "fork"; readonly batch: Batch; readonly place: Place; readonly key: Uint8Array }
  /** Signed by the partner, and against the rules. */
  | { readonly t: "broken"; readonly batch: Batch; readonly why: MoneyError };
