import { NO_BYTES } from "../base/bytes.ts";
import type { PeerId } from "../identity/index.ts";
import type { DiskError, RecordStore } from "../ports/index.ts";
import { KIND } from "./body.ts";
import { Anchors } from "./carriage/anchors.ts";
import { ByHand } from "./carriage/by-hand.ts";
import { Carriage } from "./carriage/carriage.ts";
import { HintDirectory } from "./carriage/directory.ts";
import { loadCarriage } from "./carriage/load.ts";
import { Meetings } from "./carriage/meetings.ts";
import { GroupChats } from "./chat/chat.ts";
import { CHAT_PREKEYS } from "./chat/load.ts";
import type { ChatPeople } from "./chat/types.ts";
import { Desk } from "./desk.ts";
import { Greetings } from "./greetings.ts";
import { History } from "./history/history.ts";
import { HistoryTaking } from "./history/taking.ts";
import { HybridKeys } from "./hybrid/keys.ts";
import { HybridPrekeys, type HybridPrekeysOptions } from "./hybrid/prekeys.ts";
import { HybridServing } from "./hybrid/serving.ts";
import { Intake } from "./intake.ts";
import { InvitePrekeys } from "./invite-prekeys.ts";
import type { Draft, Ledger } from "./ledger.ts";
import { type LetterHandler, Letters, type LettersEvents } from "./letters.ts";
import { Lines } from "./lines.ts";
import type { Loaded } from "./load.ts";
import type { MessagesOptions } from "./options.ts";
import { PacketIntake } from "./packet-intake.ts";
import { Post } from "./post.ts";
import { CHANNEL_PREKEYS, Prekeys } from "./prekeys.ts";
import type { RatchetKit, Seal } from "./ratchet/types.ts";
import { ReadMarks } from "./read-marks.ts";
import { Sender } from "./sender.ts";
import { Tags } from "./tags.ts";
import type { LateTexts } from "./texts.ts";
import type { Correspondents } from "./types.ts";
import type { WayFacts } from "./why.ts";

/** The parts of the messages room that exist once it is known which copy of a home this is. */
export interface Parts {
  readonly post: Post;
  readonly sender: Sender;
  readonly letters: Letters;
  readonly desk: Desk;
  readonly lines: Lines;
  readonly packets: PacketIntake;
  readonly prekeys: Prekeys;
  readonly invitePrekeys: InvitePrekeys;
  readonly hybridPrekeys: HybridPrekeys;
  readonly hybrid: HybridKeys;
  readonly hybridServing: HybridServing;
  readonly greetings: Greetings;
  readonly anchors: Anchors;
  readonly carriage: Carriage;
  readonly byHand: ByHand;
  readonly chats: GroupChats;
  readonly readMarks: ReadMarks;
  readonly history: History;
}

/** No groups. */
const NOBODY: ChatPeople = {
  group: () => undefined,
  groups: () => [],
  personOf: () => undefined,
  stands: () => false,
  vouch: () => undefined,
  proof: NO_BYTES,
};

/** Takes what was read and reads what the disk has for the parts that keep records of their own, chats of groups excepted. */
export function loadParts(
  records: RecordStore,
  parts: Parts,
  loaded: Loaded,
  done: (error: DiskError | null) => void,
): void {
  const { anchors, carriage, readMarks, history, prekeys, invitePrekeys, hybridPrekeys } = parts;
  prekeys.load(loaded.prekeys);
  invitePrekeys.load(loaded.invitePrekeys);
  hybridPrekeys.load(loaded.hybridPrekeys);
  for (const one of [invitePrekeys, hybridPrekeys]) one.sweep();
  loadCarriage(records, anchors, carriage.stock, (error) => {
    if (error !== null) {
      done(error);
      return;
    }
    readMarks.load(records, (problem) => {
      if (problem === null) history.load(done);
      else done(problem);
    });
  });
}

/** What is known of the way to a device. */
export function wayFactsOf({ lines, desk, anchors }: Parts): (device: PeerId) => WayFacts {
  return (device) => ({
    isReachable: lines.isReachable(device),
    isFull: lines.isFull(device),
    canSeal: !desk.needsNote(device),
    anchors: anchors.anchorsOf(device),
    heardAtMs: desk.heardAtMs(device),
  });
}

/** What the parts need of the room around them. */
export interface PartsOptions {
  readonly options: MessagesOptions;
  readonly kit: RatchetKit;
  readonly ledger: Ledger;
  readonly handlers: ReadonlyMap<number, LetterHandler>;
  readonly late: LateTexts;
  /** The number of the next message, and since when this home is new, where it is. */
  readonly nextNumber: () => number;
  readonly newSinceMs: () => number | undefined;
  readonly takeId: (draft: Draft) => string;
  readonly events: LettersEvents;
}

/** Makes the parts and hands each what it needs of the others. */
export function makeParts(made: PartsOptions): Parts {
  const { options, kit, ledger, handlers, takeId, events, late, nextNumber, newSinceMs } = made;
  const { random, suite, identity, clock, log, records, sessions, correspondents, ratchet } =
    options;
  const isThrifty = (device: PeerId): boolean => lines.isThrifty(device);
  const sealFor = (device: PeerId): Seal => (isThrifty(device) ? "short" : "full");
  const base = {
    ...{ isThrifty, sealFor, ratchet, kit, suite, identity },
    ...{ clock, log, ledger, correspondents, records },
  };
  const post = new Post(base);
  const keys = makePrekeys(base);
  const hybrid = new HybridKeys({ ...base, ...keys, port: options.hybrid, post });
  const letters = new Letters({
    ...{ ...base, kept: ledger.kept, takeId, events },
    parts: () => ({ readMarks, history, historyTaking }),
  });
  const tags = new Tags(ledger.kept, ratchet);
  const intake = new Intake({ ...base, ...keys, post, letters, tags });
  const desk: Desk = new Desk({
    ...{ ...base, ...keys, post, letters, tags, intake },
    greetings: () => greetings,
    onChanged: (device) => onWaiting(device),
  });
  const onWaiting = (device: PeerId): void => {
    lines.look(device);
    carriage.waitingChanged(device);
  };
  const greetings = new Greetings({
    ...{ ledger, post, correspondents, onQueued: (device) => onWaiting(device) },
    take: (frame, from, done) => desk.takeFrame(frame, from, done),
  });
  const lines = new Lines({
    ...{ sessions, clock, log, desk, ledger, correspondents, hybrid, packets: options.packets },
    random: random.fork("post"),
  });
  const packets = new PacketIntake({
    ...{ suite, clock, ratchet, tags, desk },
    onHeard: (device, brought) => lines.heardPacket(device, brought),
    onHeardAgain: (device) => lines.heardPacketAgain(device),
  });
  const onQueued = (device: PeerId): void => lines.look(device);
  const anchors = new Anchors({
    ...{ clock, log, ledger, post, correspondents, onQueued },
    onChanged: (agreement) => {
      const { role, state, device } = agreement;
      if (role === "owner" && state === "refused") carriage.stock.dropAccount(device);
      for (const part of [lines, carriage]) part.look(device);
      options.events.onAgreement?.(agreement);
    },
  });
  const carriageOptions = {
    ...{ ...base, self: identity.id, sessions, desk, letters, anchors },
    directory: new HintDirectory(suite),
    meetings: new Meetings(clock),
    isReachable: (device: PeerId) => lines.isReachable(device),
  };
  const carriage: Carriage = new Carriage(carriageOptions);
  const sender = new Sender({ ...options, ledger, post, takeId });
  const self = identity.person.personId;
  const readMarks: ReadMarks = new ReadMarks({
    ...{ clock, log, ledger, post, self, onQueued },
    ownDevices: () => sender.ownDevices(),
    changed: (draft, items) => letters.changed(draft, items),
  });
  const history: History = new History({
    ...{ records, ledger, post, clock, log, self, correspondents, late, nextNumber },
    ...{ isThrifty, onQueued },
    onGiven: (device) => options.events.onHistoryGiven?.(device),
  });
  const historyTaking = new HistoryTaking({
    ...{ kept: ledger.kept, clock, log, self, correspondents, readMarks, takeId, newSinceMs },
    onItem: (item, text) => events.onItem(item, text),
    onTaken: (count, isLast) => options.events.onHistoryTaken?.(count, isLast),
  });
  handleKinds(letters, handlers, { anchors, readMarks, historyTaking, correspondents });
  const chats = new GroupChats({
    ...{ ...base, sessions, readMarks, random: random.fork("chats") },
    prekeys: new Prekeys({ ...base, terms: CHAT_PREKEYS }),
    ...{ people: options.chatPeople ?? NOBODY, events: options.events },
  });
  return {
    ...{ post, sender, letters, desk, lines, packets, ...keys, greetings, anchors, hybrid },
    hybridServing: new HybridServing({ sessions, log, correspondents, hybrid }),
    ...{ carriage, byHand: new ByHand(carriageOptions, carriage), chats, readMarks, history },
  };
}

/** The prekeys by which others begin channels with this device. */
function makePrekeys(base: HybridPrekeysOptions) {
  return {
    prekeys: new Prekeys({ ...base, terms: CHANNEL_PREKEYS }),
    invitePrekeys: new InvitePrekeys(base),
    hybridPrekeys: new HybridPrekeys(base),
  };
}

/** Who takes letters of which kind. */
function handleKinds(
  letters: Letters,
  foreign: ReadonlyMap<number, LetterHandler>,
  own: {
    readonly anchors: Anchors;
    readonly readMarks: ReadMarks;
    readonly historyTaking: HistoryTaking;
    readonly correspondents: Correspondents;
  },
): void {
  const { anchors, readMarks, historyTaking, correspondents } = own;
  for (const [kind, handler] of foreign) letters.handle(kind, handler);
  letters.handle(KIND.anchors, (draft, letter) => anchors.take(draft, letter));
  letters.handle(KIND.seen, (draft, letter) => readMarks.take(draft, letter));
  letters.handle(KIND.history, (draft, letter) => historyTaking.take(draft, letter));
  letters.handle(KIND.greeting, (draft, { device, content }) =>
    draft.onCommit(() => correspondents.welcomed?.(device, content)),
  );
}
