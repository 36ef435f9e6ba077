import type { CryptoSuite } from "../../crypto/index.ts";
import type { LocalIdentity, PeerId, PersonId } from "../../identity/index.ts";
import type { Clock, Log, Random, RecordStore } from "../../ports/index.ts";
import type { CurrencyId, LineDesk, LineId } from "../line-desk.ts";
import type { OnionReader } from "./onion-reader.ts";
import type { Router } from "./router.ts";
import type { InvoiceView, PaymentView } from "./types.ts";

/** What payments tell the peer. */
export interface PaymentsEvents {
  /** A payment of ours began, got on or ended. */
  onPayment(view: PaymentView): void;
  /** An invoice of ours was paid, withdrawn, or is being paid. */
  onInvoice(view: InvoiceView): void;
}

/** Definitions of currencies, for rates between them. */
export interface CurrencyDefinitions {
  /** Undefined where it is not known here. */
  definition(id: CurrencyId): Uint8Array | undefined;
  /** Takes in a definition that came with a rate. @returns whether it is that currency's and there is room */
  learn(id: CurrencyId, definition: Uint8Array): boolean;
}

/** What payments are made of. */
export interface PaymentsOptions {
  readonly desk: LineDesk;
  readonly router: Router;
  readonly identity: LocalIdentity;
  readonly suite: CryptoSuite;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly records: RecordStore;
  /** Whether a device was revoked by its person: its signature is none. */
  readonly isRevoked: (device: PeerId, person: PersonId) => boolean;
  /** Whether a line is lent to nobody; none is where left out. */
  readonly isHidden?: (line: LineId) => boolean;
  /** Without it no rate is told to others, or heard. */
  readonly currencies?: CurrencyDefinitions | undefined;
  readonly events: PaymentsEvents;
}

/** What the parts of this room share. */
export interface PaymentsContext extends PaymentsOptions {
  readonly reader: OnionReader;
  /** What `amount` of one currency becomes in another here, if the quote is still ours. */
  readonly exchange: (
    from: CurrencyId,
    to: CurrencyId,
    tag: Uint8Array,
    amount: number,
  ) => number | undefined;
}
