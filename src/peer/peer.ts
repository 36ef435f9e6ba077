import { must, TypedError } from "../base/errors.ts";
import type {
  Contact,
  ContactCare,
  Contacts,
  CreatedInvite,
  InviteWish,
  Pictures,
  StrangersDoor,
  TrayExchange,
} from "../contacts/index.ts";
import type { CryptoSuite } from "../crypto/index.ts";
import type { Devices } from "../devices/index.ts";
import type { Folders } from "../folders/index.ts";
import type { Gateway } from "../gateway/index.ts";
import type { GroupActs, Groups } from "../groups/index.ts";
import type { LocalIdentity, PersonId } from "../identity/index.ts";
import type { LinkManager } from "../link/index.ts";
import type { Messages } from "../messages/index.ts";
import { community, type Money } from "../money/index.ts";
import type { Log, Timed, Transport, TransportEvents } from "../ports/index.ts";
import type { Router } from "../routing/index.ts";
import type { SessionManager } from "../session/index.ts";
import type { Store } from "../store/index.ts";
import { WayCounters, type WayCounts } from "./counters.ts";
import { earliestMs, tickDue, tickDueMs } from "./deadlines.ts";
import { forgetPerson } from "./device-ports.ts";
import { PeerError } from "./errors.ts";
import type { GroupFolders } from "./group-folders.ts";
import { InviteLinks } from "./invite-links.ts";
import { acceptInvite, createInvite, type InviteParts } from "./invites.ts";
import { loadFailed, loadInOrder } from "./loading.ts";
import type { Pinger } from "./ping.ts";
import { loadableRooms, type Rooms, RoomsBuilder, timedRooms } from "./rooms.ts";
import { loadSeqno } from "./seqno.ts";
import { guardSpeaking, type SpeakingRooms } from "./standing-guard.ts";
import { type AskingParts, askIntroduction, knockInGroup } from "./strangers.ts";
import type { Survey } from "./survey.ts";
import type { PeerConfig, PeerEvents, PeerPorts } from "./types.ts";

/**
 * A whole peer, made of ports and a configuration: the same code in Node, in browsers and in the
 * simulator. `start` reads the disk and then opens the doors; whoever runs it calls `tick`.
 */
export class Peer implements Timed {
  readonly identity: LocalIdentity;
  readonly #ports: PeerPorts;
  readonly #config: PeerConfig;
  readonly #events: PeerEvents;
  readonly #log: Log;
  /** What transports said before the rooms were there is dropped: neighbours repeat themselves. */
  readonly #transportEvents = new Map<Transport, TransportEvents>();
  readonly #counters = new WayCounters();
  #rooms: Rooms | undefined;
  /** Those by which the person says something, closed once this device was revoked. */
  #speaking: SpeakingRooms | undefined;
  #timed: readonly Timed[] = [];
  /** Those that packets pass, in that order. */
  #passed: readonly Timed[] = [];
  #inviteLinks: InviteLinks | undefined;
  #stopped = false;

  constructor(ports: PeerPorts, config: PeerConfig, events: PeerEvents) {
    this.identity = config.identity;
    this.#ports = ports;
    this.#config = config;
    this.#events = events;
    this.#log = ports.log;
  }

  /** Whether the rooms are open. */
  get running(): boolean {
    return this.#rooms !== undefined && !this.#stopped;
  }

  /** The link room. @throws PeerError("unreachable") before `start` is done */
  get link(): LinkManager {
    return this.#open().link;
  }

  /** The routing room. @throws PeerError("unreachable") before `start` is done */
  get routing(): Router {
    return this.#open().routing;
  }

  /** Contacts. @throws PeerError("unreachable") before `start` is done */
  get contacts(): Contacts {
    return this.#speak().contacts;
  }

  /** Devices of this person and of contacts. @throws PeerError("unreachable") before `start` is done */
  get devices(): Devices {
    return this.#open().devices;
  }

  /** Introductions and requests from strangers. @throws PeerError("unreachable") before `start` is done */
  get strangers(): StrangersDoor {
    return this.#speak().strangers;
  }

  /** Requests from strangers on all devices. @throws PeerError("unreachable") before `start` is done */
  get tray(): TrayExchange {
    return this.#speak().tray;
  }

  /** Verifying, blocking, deleting contacts. @throws PeerError("unreachable") before `start` is done */
  get care(): ContactCare {
    return this.#open().care;
  }

  /** Pictures of this person and of contacts. @throws PeerError("unreachable") before `start` is done */
  get pictures(): Pictures {
    return this.#speak().pictures;
  }

  /** Messages. @throws PeerError("unreachable") before `start` is done */
  get messages(): Messages {
    return this.#speak().messages;
  }

  /** The store. @throws PeerError("unreachable") before `start` is done */
  get store(): Store {
    return this.#open().store;
  }

  /** Folders. @throws PeerError("unreachable") before `start` is done */
  get folders(): Folders {
    return this.#speak().folders;
  }

  /** Private groups. @throws PeerError("unreachable") before `start` is done */
  get groups(): Groups {
    return this.#speak().groups;
  }

  /** What members do in groups. @throws PeerError("unreachable") before `start` is done */
  get groupActs(): GroupActs {
    return this.#speak().groupActs;
  }

  /** Shared folders of groups. @throws PeerError("unreachable") before `start` is done */
  get groupFolders(): GroupFolders {
    return this.#speak().groupFolders;
  }

  /** Programs over the mesh. @throws PeerError("unreachable") before `start` is done */
  get gateway(): Gateway {
    return this.#open().gateway;
  }

  /** Currencies and lines. @throws PeerError("unreachable") before `start` is done */
  get money(): Money {
    return this.#speak().money;
  }

  /** Community currencies. @throws PeerError("unreachable") before `start` is done */
  get communities(): community.Communities {
    return this.#open().communities;
  }

  /** What people do in them. @throws PeerError("unreachable") before `start` is done */
  get communityDesk(): community.CommunityDesk {
    return this.#speak().communityDesk;
  }

  /** Sessions, for services made outside. @throws PeerError("unreachable") before `start` is done */
  get session(): SessionManager {
    return this.#open().session;
  }

  /** Pings. @throws PeerError("unreachable") before `start` is done */
  get pinger(): Pinger {
    return this.#open().pinger;
  }

  /** Questions about the mesh. @throws PeerError("unreachable") before `start` is done */
  get survey(): Survey {
    return this.#open().survey;
  }

  /** What is cryptographic in this peer. */
  get suite(): CryptoSuite {
    return this.#ports.suite;
  }

  /** What happened to the ways since the start. */
  wayCounts(): WayCounts {
    return this.#counters.counts();
  }

  /** What a transport should call. Valid from the start; silent until the peer runs. */
  transportEvents(transport: () => Transport): TransportEvents {
    const live = (): TransportEvents | undefined => {
      const rooms = this.#rooms;
      if (rooms === undefined || this.#stopped) return undefined;
      const key = transport();
      const known = this.#transportEvents.get(key) ?? rooms.link.transportEvents(key);
      this.#transportEvents.set(key, known);
      return known;
    };
    return {
      onFrame: (endpoint, frame) => live()?.onFrame(endpoint, frame),
      onRun: (endpoint, run) => live()?.onRun?.(endpoint, run),
      onOpened: (endpoint) => live()?.onOpened(endpoint),
      onClosed: (endpoint, reason) => live()?.onClosed(endpoint, reason),
      onUnreachable: (endpoint) => live()?.onUnreachable(endpoint),
    };
  }

  /** Reads what the disk knows, then opens the doors. */
  start(done: (error: TypedError | null) => void): void {
    loadSeqno(this.#ports.records, (error, seqno) => {
      if (error !== null) {
        done(loadFailed(error));
        return;
      }
      let rooms: Rooms;
      try {
        rooms = this.#build(seqno);
      } catch (refusal) {
        // Nobody catches what is thrown into the disk's callback: the process would end mute.
        if (!(refusal instanceof TypedError)) throw refusal;
        done(refusal);
        return;
      }
      loadInOrder(loadableRooms(rooms), (failure) => {
        if (failure !== null) {
          done(loadFailed(failure));
          return;
        }
        this.#rooms = rooms;
        const communityDesk = new community.CommunityDesk(rooms.communities);
        this.#speaking = guardSpeaking({ ...rooms, communityDesk }, () =>
          rooms.devices.checkStanding(),
        );
        this.#timed = timedRooms(rooms);
        this.#passed = [rooms.link, rooms.routing, rooms.session];
        try {
          for (const endpoint of this.#config.links) rooms.link.addStaticLink(endpoint);
        } catch (error) {
          if (!(error instanceof TypedError)) throw error;
          done(error);
          return;
        }
        this.#inviteLinks = new InviteLinks(rooms.link, this.#config.links, this.#log);
        for (const contact of rooms.contacts.all()) this.#inviteLinks.dial(contact.endpoints);
        this.#inviteLinks.dial(rooms.groups.endpoints());
        rooms.link.start();
        done(null);
      });
    });
  }

  /**
   * Meets the person who made an invite: they become a contact at once, "asked" until one of
   * their devices has answered, and the endpoints of the invite are dialled from now on.
   * Errors: those of `Contacts.acceptInvite`.
   */
  addContact(
    link: string,
    petname: string | undefined,
    done: (error: TypedError | null, contact: Contact | undefined) => void,
  ): void {
    acceptInvite(this.#inviteParts(), link, petname, (error, contact) => {
      if (contact !== undefined) this.#inviteLinks?.dial(contact.endpoints);
      done(error, contact);
    });
  }

  /**
   * Makes an invite whose user can write at once, whether this device is in reach or not.
   * Errors: those of `Contacts.createInvite`.
   */
  createInvite(
    endpoints: readonly string[],
    done: (error: TypedError | null, invite: CreatedInvite | undefined) => void,
    wish: InviteWish = {},
  ): void {
    createInvite(this.#inviteParts(), endpoints, wish, done);
  }

  #inviteParts(): InviteParts {
    const { identity, contacts, messages } = this;
    return { identity, contacts, messages, suite: this.#ports.suite, log: this.#log };
  }

  /** Keeps endpoints dialled that somebody's link named; what is of no use here is passed over. */
  dial(endpoints: readonly string[]): void {
    this.#inviteLinks?.dial(endpoints);
  }

  /** Deletes a contact for good. Errors: "unknown-contact", "disk-full", "disk", "busy". */
  removeContact(person: PersonId, done: (error: TypedError | null) => void): void {
    this.care.remove(person, (error) => {
      if (error === null) forgetPerson(this, person, done);
      else done(error);
    });
  }

  /**
   * Asks contacts, and theirs, to be introduced to the person with this code. Errors: those of
   * `askIntroduction`.
   */
  askIntroduction(code: string, text: string, done: (error: TypedError | null) => void): void {
    askIntroduction(this.#askingParts(), code, text, done);
  }

  /** Knocks at a member of a common group. Errors: those of `knockInGroup`. */
  knock(
    at: { readonly group: string; readonly who: string; readonly text: string },
    done: (error: TypedError | null) => void,
  ): void {
    const { groups, routing } = this;
    knockInGroup({ ...this.#askingParts(), groups, routing }, at, done);
  }

  #askingParts(): AskingParts {
    const { contacts, strangers } = this;
    const { identity, name } = this.#config;
    return { identity, name, suite: this.#ports.suite, contacts, strangers };
  }

  /** Says goodbye to the neighbours; the peer is of no use afterwards. */
  stop(): void {
    if (this.#stopped) return;
    this.#rooms?.link.stop();
    this.#stopped = true;
  }

  /** A local network came or went: look around again. */
  networkChanged(): void {
    if (this.running) this.#rooms?.link.announce();
  }

  /** This machine's line costs by the byte, or does no longer. */
  setMetered(isMetered: boolean): void {
    const { store, gateway } = this.#open();
    store.setMetered(isMetered);
    gateway.setMetered(isMetered);
  }

  nextDeadlineMs(): number {
    if (this.#stopped) return Number.POSITIVE_INFINITY;
    return earliestMs(this.#timed);
  }

  tick(): void {
    if (!this.#stopped) tickDue(this.#timed, this.#ports.clock);
  }

  /**
   * For who has handed over the packets of one turn: what they made due on their way is done at once. Answers when
   * the rooms that packets pass have something to do next, in monotonic milliseconds; the others may have got
   * something to do too, for which some milliseconds later is early enough. Below zero: they are to be asked now.
   */
  packetsTaken(): number {
    const rooms = this.#rooms;
    if (rooms === undefined || this.#stopped) return -1;
    const nextMs = tickDueMs(this.#passed, this.#ports.clock);
    return rooms.session.takeStreamNews() ? -1 : nextMs;
  }

  #open(): Rooms {
    if (this.#rooms === undefined) {
      throw new PeerError("unreachable", "The peer is still starting. Try again in a moment.");
    }
    return this.#rooms;
  }

  #speak(): SpeakingRooms {
    this.#open();
    return must(this.#speaking, "open rooms are guarded");
  }

  #build(seqno: number): Rooms {
    return new RoomsBuilder({
      ports: this.#ports,
      config: this.#config,
      events: this.#events,
      counters: this.#counters,
      seqno,
      dial: (endpoints) => this.#inviteLinks?.dial(endpoints),
      isOpen: () => this.#rooms !== undefined,
    }).build();
  }
}
