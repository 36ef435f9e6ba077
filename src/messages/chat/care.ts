import { equalBytes, NO_BYTES } from "../../base/bytes.ts";
import { signCard } from "./card.ts";
import type { Change } from "./change.ts";
import type { ChatContext } from "./context.ts";
import type { Conversation } from "./conversation.ts";
import { hexBytes } from "./entries.ts";
import { type Reader, readersOf } from "./reader.ts";
import type { ChatGroup } from "./types.ts";
import type { Writer } from "./writer.ts";

/** Sees to it that others can write to this device, and can read what it wrote. */
export class Care {
  readonly #context: ChatContext;
  readonly #reader: Pick<Reader, "isHeard">;
  readonly #writer: Pick<Writer, "tellLate">;

  constructor(
    context: ChatContext,
    reader: Pick<Reader, "isHeard">,
    writer: Pick<Writer, "tellLate">,
  ) {
    this.#context = context;
    this.#reader = reader;
    this.#writer = writer;
  }

  /**
   * What is to be done now, if anything: a card of this device with a fresh prekey, and the sender key
   * for devices that came into sight since something was written.
   */
  due(chat: Conversation, group: ChatGroup): ((change: Change) => void) | undefined {
    const { identity, prekeys } = this.#context;
    const bundle = prekeys.bundle();
    const isFresh = (known: Uint8Array | undefined): boolean =>
      bundle === undefined || equalBytes(known ?? NO_BYTES, bundle);
    const isSigned = isFresh(chat.cards.get(identity.id)?.bundle);
    if (isSigned && !this.#hasLate(chat, group)) return undefined;
    return (change) => {
      const known = change.card(identity.id);
      if (bundle !== undefined && !isFresh(known?.bundle)) {
        this.#sign(change, bundle, known?.atMs ?? 0);
      }
      this.#writer.tellLate(change, group);
    };
  }

  #sign(change: Change, bundle: Uint8Array, beforeMs: number): void {
    const { identity, people, clock } = this.#context;
    const atMs = Math.max(1, Math.floor(clock.wallMs()), beforeMs + 1_000);
    const terms = { group: hexBytes(change.chat.id), proof: people.proof, bundle, atMs };
    change.setCard({
      ...{ person: identity.person.personId, device: identity.id },
      ...{ signKey: identity.signKey.publicKey, dhKey: identity.dhKey.publicKey },
      ...{ bundle, atMs, bytes: signCard(identity, terms) },
    });
  }

  /** Whether somebody who was a member when this device's feed was begun cannot read it yet. */
  #hasLate(chat: Conversation, group: ChatGroup): boolean {
    const { own } = chat;
    if (own === undefined || own.key.sealedCount === 0) return false;
    const cards = { cards: () => chat.cards.values() };
    const isHeard = (card: Parameters<Reader["isHeard"]>[1]) => this.#reader.isHeard(group, card);
    return readersOf(cards, isHeard, this.#context.identity.id).some(
      ({ device, person }) => own.people.has(person) && !own.told.has(device),
    );
  }
}
