import { fromUtf8, utf8 } from "../base/bytes.ts";
import type { PeerId, PersonId } from "../identity/index.ts";
import {
  type Content,
  checkFile,
  contentOf,
  copyContent,
  KIND,
  markOf,
  movedContent,
  receiptContent,
  type Words,
} from "./body.ts";
import { MessagesError } from "./errors.ts";
import { type Item, type Sending, textKey } from "./item.ts";
import type { Draft, Ledger } from "./ledger.ts";
import { DEVICES_PER_PERSON_MAX, WAITING_PER_PERSON_MAX } from "./limits.ts";
import type { MessagesOptions } from "./options.ts";
import { Packing, PLAIN } from "./packing.ts";
import type { Post } from "./post.ts";
import { checkSaid, checkText } from "./text.ts";

/** What somebody wants to say; `replyTo` is the id of the message that it answers. */
export type Saying = Words;

/** What the composing of messages is made of. */
export interface SenderOptions extends MessagesOptions {
  readonly ledger: Ledger;
  readonly post: Post;
  readonly takeId: (draft: Draft) => string;
}

/** Makes letters of what people say: one for each device of theirs, a copy for each of our own. */
export class Sender {
  readonly #options: SenderOptions;
  readonly #packing: Packing;

  constructor(options: SenderOptions) {
    this.#options = options;
    this.#packing = new Packing(options.ratchet, options.clock);
  }

  /**
   * Keeps a message and queues it for every device.
   * @throws MessagesError
   */
  compose(draft: Draft, personId: PersonId, said: Saying): Item {
    const { correspondents, clock } = this.#options;
    const { text, file } = said;
    if (file === undefined) checkSaid(text);
    else if (text !== "") checkText(text);
    if (file !== undefined) checkFile(file);
    const person = correspondents.byPerson(personId);
    if (person === undefined) throw unknownPerson();
    this.#checkWaiting(draft, personId);
    const replyTo = said.replyTo === undefined ? undefined : this.#markOfId(said.replyTo);
    const sentAtMs = Math.floor(clock.wallMs() / 1_000) * 1_000;
    const content = contentOf(this.#packing.packer(), { text, file, replyTo }, sentAtMs);
    const id = this.#options.takeId(draft);
    const devices = person.devices.slice(0, DEVICES_PER_PERSON_MAX);
    const item: Item = {
      id,
      personId,
      direction: "out",
      kind: file === undefined ? "text" : "file",
      sentAtMs: clock.wallMs(),
      state: "waiting",
      mark: this.#markOf(content),
      replyTo,
      file,
      from: undefined,
      sendings: devices.map(({ peerId }) => this.#sending(draft, peerId, personId, content, id)),
      deliveredAtMs: null,
      oldPlace: undefined,
    };
    this.#copies(draft, personId, content);
    draft.setItem(item);
    draft.write(textKey(id), utf8(text));
    return item;
  }

  /** Queues waiting messages for devices that are not to get them yet: new ones, mostly. */
  spread(personId: PersonId, devices: readonly PeerId[], done: () => void): void {
    const { shelf } = this.#options.ledger.kept;
    const lacking = shelf.waiting(personId).filter((item) => missing(item, devices).length > 0);
    let at = 0;
    const next = (): void => {
      const item = lacking[at++];
      if (item === undefined) {
        done();
        return;
      }
      this.#options.records.scan(textKey(item.id), (error, [found]) => {
        const text = found && fromUtf8(found.value);
        if (error !== null || text === undefined) next();
        else {
          this.#options.ledger.change(
            (draft) => this.#addressTo(draft, item.id, devices, text),
            () => next(),
          );
        }
      });
    };
    next();
  }

  #addressTo(draft: Draft, id: string, devices: readonly PeerId[], text: string): void {
    const item = draft.item(id);
    if (item === undefined) return;
    const { ratchet } = this.#options;
    const { replyTo, file, oldPlace } = item;
    const said = { text, replyTo, file };
    const packed = contentOf(ratchet, said, item.sentAtMs);
    // It has to be what its mark names, packed or not.
    const isPacked = item.mark === undefined || this.#markOf(packed) === item.mark;
    const same = isPacked ? packed : contentOf(PLAIN, said, item.sentAtMs);
    const content = oldPlace
      ? { kind: KIND.moved, content: movedContent(oldPlace, same.content) }
      : same;
    const added = missing(item, devices).map((device) =>
      this.#sending(draft, device, item.personId, content, id),
    );
    draft.setItem({ ...item, sendings: [...item.sendings, ...added] });
  }

  #sending(
    draft: Draft,
    device: PeerId,
    personId: PersonId,
    content: Content,
    itemId: string,
  ): Sending {
    const number = this.#options.post.enqueue(draft, device, personId, { ...content, itemId });
    return { device, number, holders: [], deliveredAtMs: undefined, readAtMs: undefined };
  }

  /** Our own other devices show what this one sends. */
  #copies(draft: Draft, to: PersonId, content: Content): void {
    const own = this.#options.identity.person.personId;
    const copy = { kind: KIND.copy, content: copyContent({ to, ...content }) };
    for (const device of this.ownDevices()) this.#options.post.enqueue(draft, device, own, copy);
  }

  /** Our own other devices, as far as they are known. */
  ownDevices(): readonly PeerId[] {
    const { correspondents, identity } = this.#options;
    const devices = new Set(correspondents.own().map(({ peerId }) => peerId));
    for (const { device, personId } of this.#options.ledger.kept.pairs.values()) {
      if (personId === identity.person.personId) devices.add(device);
    }
    return [...devices].slice(0, DEVICES_PER_PERSON_MAX);
  }

  /** Tells those who wrote that we have read it. */
  receipts(draft: Draft, personId: PersonId, read: readonly Item[]): void {
    const highest = new Map<PeerId, number>();
    for (const { from } of read) {
      if (from) highest.set(from.device, Math.max(from.number, highest.get(from.device) ?? 0));
    }
    for (const [device, number] of highest) {
      const receipt = { kind: KIND.receipt, content: receiptContent(number) };
      this.#options.post.enqueue(draft, device, personId, receipt);
    }
  }

  #markOf(content: Content): string {
    const { suite, identity } = this.#options;
    return markOf(suite, identity.person.personId, content);
  }

  #markOfId(id: string): string {
    const mark = this.#options.ledger.kept.shelf.get(id)?.mark;
    if (mark !== undefined) return mark;
    const words =
      "There is no such message to answer. 'peernet inbox --all --ids' shows their ids.";
    throw new MessagesError("unknown-message", words);
  }

  #checkWaiting(draft: Draft, personId: PersonId): void {
    const kept = this.#options.ledger.kept.shelf.waitingFor(personId);
    if (kept + draft.countItems(personId, "waiting") < WAITING_PER_PERSON_MAX) return;
    throw new MessagesError(
      "too-many-waiting",
      `${WAITING_PER_PERSON_MAX} messages wait for this person. Let them come online first.`,
    );
  }
}

/** Why nothing goes to somebody who is no contact. */
export function unknownPerson(): MessagesError {
  return new MessagesError(
    "unknown-person",
    "This person is not among your contacts. Send them an invite first.",
  );
}

function missing(item: Item, devices: readonly PeerId[]): readonly PeerId[] {
  return devices.filter((device) => !item.sendings.some((one) => one.device === device));
}
