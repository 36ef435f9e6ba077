import { must } from "../base/errors.ts";
import type { PeerId, PersonId } from "../identity/index.ts";
import type { DiskError, Timed } from "../ports/index.ts";
import { type Content, KIND_FOREIGN_MIN } from "./body.ts";
import type { Anchors } from "./carriage/anchors.ts";
import type { CarriedIn, CarriedOut } from "./carriage/by-hand.ts";
import type { GroupChats } from "./chat/chat.ts";
import { explain, type MessagesError } from "./errors.ts";
import { withoutDevice, withoutStale } from "./forgetting.ts";
import type { History } from "./history/history.ts";
import { type Item, idOf, newSinceWrite, nextNumberWrite } from "./item.ts";
import { type Draft, Ledger } from "./ledger.ts";
import type { LetterHandler } from "./letters.ts";
import { LIST_DEFAULT, LIST_MAX, MARKS_PER_BATCH_MAX } from "./limits.ts";
import { type Loaded, leaveFeeds, loadInstance, loadKept } from "./load.ts";
import type { MessagesOptions, MessagesQuery } from "./options.ts";
import { loadParts, makeParts, type Parts, wayFactsOf } from "./parts.ts";
import type { RatchetKit } from "./ratchet/types.ts";
import { type Saying, unknownPerson } from "./sender.ts";
import { loadSettings, type MessagesSettings, settingsWrite } from "./settings.ts";
import { takeUp, takeUpAll } from "./taking-up.ts";
import { LateTexts, messageOf, withTexts } from "./texts.ts";
import type { Message } from "./types.ts";
import { explainItem, type Why, type WhyOptions } from "./why.ts";

/** What `send` answers. */
export type SendDone = (error: MessagesError | null, message: Message | undefined) => void;

/**
 * Conversations with contacts. What we send is sealed for each of the person's devices, and waits
 * here until that device has it on disk; our own other devices get a copy.
 */
export class Messages implements Timed {
  readonly #options: MessagesOptions;
  readonly #ledger: Ledger;
  readonly #handlers = new Map<number, LetterHandler>();
  readonly #late = new LateTexts();
  #parts: Parts | undefined;
  #settings: MessagesSettings = { receipts: false };
  #nextNumber = 1;
  #newSinceMs: number | undefined;

  constructor(options: MessagesOptions) {
    this.#options = options;
    this.#ledger = new Ledger(options.records);
  }

  /** Reads what is stored and takes up every conversation; every other call comes after it. */
  load(done: (error: DiskError | null) => void): void {
    const { records, random, suite, ratchet, isCopied, hybrid } = this.#options;
    const source = random.fork("messages");
    loadInstance(records, source, isCopied === true, (error, instance) => {
      if (error !== null) {
        done(error);
        return;
      }
      const kit: RatchetKit = { suite, random: source, instance, kem: hybrid?.kem };
      loadKept(records, this.#ledger.kept, ratchet, kit, (problem, loaded) => {
        if (problem === null) this.#begin(kit, loaded, done);
        else done(problem);
      });
    });
  }

  /** A correspondent is new, was met, or has other devices than before. */
  correspondentChanged(personId: PersonId): void {
    const parts = this.#parts;
    if (parts === undefined) return;
    // Whoever is blocked or deleted has no devices: nothing goes there any more.
    const person = this.#options.correspondents.byPerson(personId) ?? { personId, devices: [] };
    takeUp(parts, this.#ledger, person, () => undefined);
  }

  /** This device has taken a new one in: it is given messages of the past, unless nobody wants that. */
  deviceAdded(device: PeerId): void {
    const history = this.#parts?.history;
    if (history?.isForAdded !== true) return;
    history.give(device, (error) => {
      if (error !== null) this.#options.log.warn("history not given", { code: error.code });
    });
  }

  /** A device is this person's no more: what waits for it is dropped. */
  deviceRevoked(device: PeerId): void {
    const parts = this.#parts;
    if (parts === undefined) return;
    const decide = (draft: Draft): void => {
      withoutDevice(draft, this.#ledger.kept, device);
      parts.readMarks.forget(draft, device);
      parts.history.forget(draft, device);
    };
    this.#ledger.change(decide, () => parts.lines.forget(device));
  }

  /**
   * Sends a text, a file, or an answer to a message. `done` comes without error once the message is
   * on disk here, "waiting". Errors: MessagesError with any code but "unreadable" and "protocol".
   * @param replyTo id of the message that it answers
   */
  send(personId: PersonId, words: string | Saying, done: SendDone): void {
    let item: Item | undefined;
    const said = typeof words === "string" ? { text: words } : words;
    const decide = (draft: Draft): void => {
      item = this.#open().sender.compose(draft, personId, said);
    };
    this.#ledger.change(decide, (error) => {
      if (error !== null || item === undefined) {
        done(explain(error), undefined);
        return;
      }
      this.#late.put(item.id, said.text);
      done(null, messageOf(this.#ledger.kept.shelf, item, said.text));
      const { lines, carriage, sender } = this.#open();
      for (const { device } of item.sendings) carriage.waitingChanged(device);
      for (const { device } of item.sendings) lines.look(device);
      for (const device of sender.ownDevices()) lines.look(device);
    });
  }

  /** Messages, oldest first. */
  list(
    query: MessagesQuery,
    done: (error: DiskError | null, messages: readonly Message[]) => void,
  ): void {
    const limit = Math.max(1, Math.min(query.limit ?? LIST_DEFAULT, LIST_MAX));
    const { shelf } = this.#ledger.kept;
    const items = shelf.page(query.withPerson, query, limit);
    withTexts(this.#options.records, shelf, this.#late, items, done);
  }

  /** The message with this id. */
  find(id: string, done: (error: DiskError | null, message: Message | undefined) => void): void {
    const { shelf } = this.#ledger.kept;
    const item = shelf.get(id);
    if (item === undefined) done(null, undefined);
    else
      withTexts(this.#options.records, shelf, this.#late, [item], (error, [message]) =>
        done(error, message),
      );
  }

  /** Marks all that a person has sent as read; `done` comes after persistence. */
  markRead(personId: PersonId, done: (error: MessagesError | null) => void): void {
    const items = this.#ledger.kept.shelf.unread(personId).slice(0, MARKS_PER_BATCH_MAX);
    if (items.length === 0) {
      done(null);
      return;
    }
    const read = items.map((item): Item => ({ ...item, state: "read" }));
    const marks = items.flatMap(({ mark }) => mark ?? []);
    const decide = (draft: Draft): void => {
      for (const item of read) draft.setItem(item);
      if (this.#settings.receipts) this.#open().sender.receipts(draft, personId, read);
      this.#open().readMarks.tell(draft, { of: "person", id: personId }, marks);
    };
    this.#ledger.change(decide, (error) => {
      if (error !== null) {
        done(error);
        return;
      }
      this.#tellStates(read);
      for (const { from } of read) if (from) this.#open().lines.look(from.device);
      this.#open().readMarks.pump();
      this.markRead(personId, done);
    });
  }

  /** Unread messages, of one person or of all. */
  unreadCount(personId?: PersonId): number {
    return this.#ledger.kept.shelf.unreadCount(personId);
  }

  /** Messages of ours that no device of their recipient has yet. */
  waitingCount(): number {
    return this.#ledger.kept.shelf.waitingCount;
  }

  /** What this person allows others to know. */
  get settings(): MessagesSettings {
    return this.#settings;
  }

  /** Changes what this person allows others to know. */
  set(settings: MessagesSettings, done: (error: MessagesError | null) => void): void {
    this.#ledger.change(
      (draft) => {
        const { key, value } = settingsWrite(settings);
        draft.write(key, value);
      },
      (error) => {
        if (error === null) this.#settings = settings;
        done(error);
      },
    );
  }

  /**
   * Lets another room take letters of a kind of its own, 32 … 127, from now on; before `load`.
   */
  handle(kind: number, handler: LetterHandler): void {
    must(kind >= KIND_FOREIGN_MIN || undefined, "kinds below 32 belong to messages");
    this.#handlers.set(kind, handler);
  }

  /**
   * Sends a letter of another room's kind to one device, exactly once and in order with all others.
   * `done` comes once it is on disk here. Errors: "too-many-waiting", "unknown-person", "busy",
   * "disk-full", "disk".
   */
  sendLetter(device: PeerId, letter: Content, done: (error: MessagesError | null) => void): void {
    const decide = (draft: Draft): void => {
      const personId = this.#options.correspondents.personOf(device);
      if (personId === undefined) throw unknownPerson();
      this.#open().post.enqueue(draft, device, personId, letter);
    };
    this.#ledger.change(decide, (error) => {
      done(error);
      if (error === null) this.#open().lines.look(device);
    });
  }

  /** A packet came over the mesh that begins as a letter does; a view that is lent. */
  packet(frame: Uint8Array): void {
    this.#parts?.packets.take(frame);
  }

  /** A session with this device is possible now. */
  peerReachable(id: PeerId): void {
    const parts = this.#open();
    for (const part of [parts.lines, parts.carriage, parts.chats]) part.peerReachable(id);
    for (const part of [parts.readMarks, parts.history]) part.pumpTo(id);
  }

  /** Sessions with this device cannot be had any more. */
  peerUnreachable(id: PeerId): void {
    const { lines, carriage, chats } = this.#open();
    for (const part of [lines, carriage, chats]) part.peerUnreachable(id);
  }

  nextDeadlineMs(): number {
    const { lines, carriage, chats } = this.#open();
    return Math.min(lines.nextDeadlineMs(), carriage.nextDeadlineMs(), chats.nextDeadlineMs());
  }

  tick(): void {
    const { lines, carriage, chats } = this.#open();
    for (const part of [lines, carriage, chats]) part.tick();
  }

  /** Whether letters to a device, and its answers, are safe from the quantum computers of tomorrow. */
  isSafe(device: PeerId): boolean {
    return this.#open().hybrid.isSafe(device);
  }

  /** Who holds letters for us, and for whom we do. */
  get anchors(): Anchors {
    return this.#open().anchors;
  }

  /** What is held here for an owner, or without one carried for others as a courier. */
  holding(owner: PeerId | undefined): { letters: number; bytes: number } {
    return this.#open().carriage.stock.held.sumOf(owner);
  }

  /** What new devices of this person are given of the past. */
  get history(): History {
    return this.#open().history;
  }

  /** How people meet by letter: prekeys for invites, and greetings to those who made one. */
  get firstContacts(): Pick<Parts, "invitePrekeys" | "greetings"> {
    return this.#open();
  }

  /** Chats of groups. */
  get chats(): GroupChats {
    return this.#open().chats;
  }

  /** Why a message is where it is, in words; undefined where there is no such message. */
  why(id: string, words: Omit<WhyOptions, "factsOf">): Why | undefined {
    const item = this.#ledger.kept.shelf.get(id);
    return item && explainItem(item, { ...words, factsOf: wayFactsOf(this.#open()) });
  }

  /**
   * Makes a file of the letters that wait here, to be carried by hand.
   * @param wanted `to`: only those for this person
   */
  carryOut(
    wanted: { readonly to?: PersonId | undefined; readonly bytesMax?: number | undefined },
    done: (carried: CarriedOut) => void,
  ): void {
    const { to, bytesMax } = wanted;
    const devices = to === undefined ? undefined : this.#devicesOf(to);
    this.#open().byHand.carryOut(
      { ...(devices ? { to: devices } : {}), ...(bytesMax ? { bytesMax } : {}) },
      done,
    );
  }

  /** Takes in the letters of a carry file. Errors: "bad-carry-file". */
  carryIn(
    file: Uint8Array,
    done: (error: MessagesError | null, carried: CarriedIn | undefined) => void,
  ): void {
    this.#open().byHand.carryIn(file, done);
  }

  #devicesOf(personId: PersonId): readonly PeerId[] {
    const person = this.#options.correspondents.byPerson(personId);
    return person?.devices.map(({ peerId }) => peerId) ?? [];
  }

  #open(): Parts {
    return must(this.#parts, "messages are used only after load");
  }

  #begin(kit: RatchetKit, loaded: Loaded, done: (error: DiskError | null) => void): void {
    this.#nextNumber = loaded.nextNumber;
    this.#newSinceMs = loaded.newSinceMs;
    const { records } = this.#options;
    loadSettings(records, (error, settings) => {
      if (error !== null) {
        done(error);
        return;
      }
      this.#settings = settings;
      const parts = this.#makeParts(kit);
      this.#parts = parts;
      loadParts(records, parts, loaded, (problem) => {
        if (problem === null) this.#takeUpWork(parts, loaded, done);
        else done(problem);
      });
    });
  }

  /** Everything is read: takes up what waits, and lets others in. */
  #takeUpWork(parts: Parts, loaded: Loaded, done: (error: DiskError | null) => void): void {
    const { kept } = this.#ledger;
    const sweep = (draft: Draft): void => {
      withoutStale(draft, kept, loaded.stale);
      this.#noteNew(draft);
    };
    this.#ledger.change(sweep, () =>
      parts.prekeys.renew(() => {
        parts.lines.serve();
        if (this.#options.hybrid !== undefined) parts.hybridServing.serve();
        parts.carriage.serve();
        takeUpAll(parts, this.#ledger, [...this.#options.correspondents.all()], () =>
          leaveFeeds(this.#options, () => parts.chats.load(done)),
        );
        parts.readMarks.pump();
        parts.history.pump();
      }),
    );
  }

  /** A home without messages takes those of the past, which another device may tell. */
  #noteNew(draft: Draft): void {
    if (this.#newSinceMs !== undefined || !this.#ledger.kept.shelf.isEmpty) return;
    this.#newSinceMs = Math.max(0, this.#options.clock.wallMs());
    const { key, value } = newSinceWrite(this.#newSinceMs);
    draft.write(key, value);
  }

  #makeParts(kit: RatchetKit): Parts {
    const { shelf } = this.#ledger.kept;
    return makeParts({
      ...{ options: this.#options, kit, ledger: this.#ledger, handlers: this.#handlers },
      late: this.#late,
      nextNumber: () => this.#nextNumber,
      newSinceMs: () => this.#newSinceMs,
      takeId: (draft) => this.#takeId(draft),
      events: {
        onItem: (item, text) => {
          this.#late.put(item.id, text);
          this.#options.events.onMessage(messageOf(shelf, item, text));
        },
        onStates: (items) => this.#tellStates(items),
      },
    });
  }

  #takeId(draft: Draft): string {
    const id = idOf(this.#nextNumber++);
    const { key, value } = nextNumberWrite(this.#nextNumber);
    draft.write(key, value);
    return id;
  }

  #tellStates(items: readonly Item[]): void {
    const { records, log, events } = this.#options;
    withTexts(records, this.#ledger.kept.shelf, this.#late, items, (error, messages) => {
      if (error !== null) log.warn("message texts not found", { code: error.code });
      for (const message of messages) events.onMessageState(message);
    });
  }
}
