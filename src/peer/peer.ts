import { TypedError } from "../base/errors.ts";
import { type Contact, Contacts } from "../contacts/index.ts";
import { FeedManager } from "../feed/index.ts";
import { Folders } from "../folders/index.ts";
import { Gateway, NO_NET } from "../gateway/index.ts";
import type { LocalIdentity, PeerId, PeerRecord } from "../identity/index.ts";
import { type LinkEvents, LinkManager } from "../link/index.ts";
import { Messages } from "../messages/index.ts";
import type { Log, Timed, Transport, TransportEvents } from "../ports/index.ts";
import { Router } from "../routing/index.ts";
import { SessionManager } from "../session/index.ts";
import { Store } from "../store/index.ts";
import { correspondentsOf, isMet } from "./correspondents.ts";
import { WayCounters, type WayCounts } from "./counters.ts";
import { PeerError } from "./errors.ts";
import { folderObjectsOf, folderPeopleOf } from "./folder-ports.ts";
import { InviteLinks } from "./invite-links.ts";
import { loadFailed, loadInOrder } from "./loading.ts";
import { groupsOf, peopleOf } from "./people.ts";
import { Pinger } from "./ping.ts";
import { BUDGETS } from "./profile.ts";
import { loadSeqno, SeqnoKeeper } from "./seqno.ts";
import { storeWishes } from "./store-wishes.ts";
import { Survey } from "./survey.ts";
import type { PeerConfig, PeerEvents, PeerPorts } from "./types.ts";

/** The rooms of a running peer, wired together. */
interface Rooms {
  readonly link: LinkManager;
  readonly routing: Router;
  readonly session: SessionManager;
  readonly feeds: FeedManager;
  readonly contacts: Contacts;
  readonly messages: Messages;
  readonly store: Store;
  readonly folders: Folders;
  readonly gateway: Gateway;
  readonly pinger: Pinger;
  readonly survey: Survey;
}

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
  #timed: readonly Timed[] = [];
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
    return this.#open().contacts;
  }

  /** Messages. @throws PeerError("unreachable") before `start` is done */
  get messages(): Messages {
    return this.#open().messages;
  }

  /** The store. @throws PeerError("unreachable") before `start` is done */
  get store(): Store {
    return this.#open().store;
  }

  /** Folders. @throws PeerError("unreachable") before `start` is done */
  get folders(): Folders {
    return this.#open().folders;
  }

  /** Programs over the mesh. @throws PeerError("unreachable") before `start` is done */
  get gateway(): Gateway {
    return this.#open().gateway;
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
      const { feeds, contacts, messages, store, folders, gateway } = rooms;
      loadInOrder([feeds, contacts, messages, store, folders, gateway], (failure) => {
        if (failure !== null) {
          done(loadFailed(failure));
          return;
        }
        this.#rooms = rooms;
        this.#timed = [
          rooms.link,
          rooms.routing,
          rooms.session,
          rooms.feeds,
          rooms.contacts,
          rooms.store,
          rooms.folders,
          rooms.gateway,
          rooms.pinger,
          rooms.survey,
        ];
        try {
          for (const endpoint of this.#config.links) rooms.link.addStaticLink(endpoint);
        } catch (error) {
          if (!(error instanceof TypedError)) throw error;
          done(error);
          return;
        }
        this.#inviteLinks = new InviteLinks(rooms.link, this.#config.links, this.#log);
        for (const contact of rooms.contacts.all()) this.#inviteLinks.dial(contact.endpoints);
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
    this.contacts.acceptInvite(link, petname, (error, contact) => {
      if (contact !== undefined) this.#inviteLinks?.dial(contact.endpoints);
      done(error, contact);
    });
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
    let next = Number.POSITIVE_INFINITY;
    for (const room of this.#timed) next = Math.min(next, room.nextDeadlineMs());
    return next;
  }

  tick(): void {
    if (this.#stopped) return;
    for (const room of this.#timed) room.tick();
  }

  #open(): Rooms {
    if (this.#rooms === undefined) {
      throw new PeerError("unreachable", "The peer is still starting. Try again in a moment.");
    }
    return this.#rooms;
  }

  #build(seqno: number): Rooms {
    const { clock, random, suite, records, transports } = this.#ports;
    const { identity, name, discovery } = this.#config;
    const log = this.#log;
    const common = { identity, suite, clock, random, log };
    const keeper = new SeqnoKeeper(records, (error) => {
      log.warn("the announcement's number could not be kept; it will be tried again", {
        code: error.code,
      });
    });
    const link: LinkManager = new LinkManager({
      ...common,
      transports,
      discovery,
      repairsLosses: this.#config.repairsLosses ?? false,
      events: this.#linkEvents(() => routing.linkEvents),
    });
    const routing: Router = new Router({
      ...common,
      name,
      seqno,
      link,
      ...BUDGETS[this.#config.profile ?? "computer"],
      reserveSeqno: (upTo) => keeper.reserve(upTo),
      events: {
        onPacket: (payload, back) => session.packet(payload, back),
        onReachable: (id, record) => this.#reachable(id, record),
        onUnreachable: (id) => this.#unreachable(id),
        onWayChanged: (id) => {
          this.#counters.wayChanged();
          session.wayChanged(id);
        },
      },
    });
    const session: SessionManager = new SessionManager({
      ...common,
      routing,
      paths: routing.paths,
      isTrusted: (peer) => isMet(contacts, peer),
      isThrifty: this.#config.profile === "radio",
    });
    const feeds = new FeedManager({ suite, clock, random, log, records, sessions: session });
    const contacts: Contacts = new Contacts({
      ...common,
      name,
      records,
      sessions: session,
      events: {
        onContactChanged: (contact) => {
          for (const { record } of routing.routes()) {
            if (record.person.personId === contact.personId) contacts.deviceSeen(record);
          }
          messages.correspondentChanged(contact.personId);
          this.#events.onContactChanged(contact);
        },
      },
    });
    const messages: Messages = new Messages({
      ...common,
      records,
      feeds,
      correspondents: correspondentsOf(contacts),
      events: this.#events,
    });
    const store = this.#store(contacts, routing, session);
    const folders = new Folders({
      ...{ ...common, records, session, objects: folderObjectsOf(store) },
      ...folderPeopleOf(suite, { identity, name }, contacts, routing),
      events: { onFolderChanged: (id) => this.#events.onFolderChanged?.(id) },
    });
    const gateway = this.#gateway(session, contacts, routing);
    const pinger = new Pinger(session, clock, random);
    const survey = new Survey({ session, routing, link, clock });
    const people = { feeds, contacts, messages };
    return { link, routing, session, ...people, store, folders, gateway, pinger, survey };
  }

  #store(contacts: Contacts, routing: Router, session: SessionManager): Store {
    const { clock, random, suite, records, blocks, layering } = this.#ports;
    const { identity, storeQuotaBytes } = this.#config;
    return new Store({
      ...{ identity, suite, clock, random, log: this.#log, records, blocks, routing, session },
      quotaBytes: storeQuotaBytes,
      ...storeWishes(this.#config, layering, (peer) => isMet(contacts, peer)),
      events: {
        onProgress: (progress) => this.#events.onStoreProgress(progress),
        onObjectChanged: (objectLink) => this.#events.onObjectChanged(objectLink),
      },
    });
  }

  #gateway(session: SessionManager, contacts: Contacts, routing: Router): Gateway {
    return new Gateway({
      ...{ ...this.#ports, identity: this.identity, session },
      people: peopleOf(contacts, routing),
      groups: groupsOf(contacts, this.#config.groups ?? {}),
      net: this.#ports.net ?? NO_NET,
      signKeyOf: (id) => routing.record(id)?.signKey,
    });
  }

  #linkEvents(routing: () => LinkEvents): LinkEvents {
    return {
      onNeighbourUp: (neighbour) => {
        this.#counters.neighbour(neighbour);
        routing().onNeighbourUp(neighbour);
        this.#events.onNeighbourUp(neighbour);
      },
      onNeighbourDown: (id, reason) => {
        this.#counters.neighbourDown(id);
        routing().onNeighbourDown(id, reason);
        this.#events.onNeighbourDown(id, reason);
      },
      onNeighbourChanged: (neighbour) => {
        this.#counters.neighbour(neighbour);
        routing().onNeighbourChanged(neighbour);
      },
      onControl: (from, message) => routing().onControl(from, message),
      onPacket: (from, header, payload) => routing().onPacket(from, header, payload),
    };
  }

  #reachable(id: PeerId, record: PeerRecord): void {
    const rooms = this.#rooms;
    if (rooms === undefined) return;
    rooms.session.peerReachable(id);
    rooms.contacts.deviceSeen(record);
    rooms.contacts.peerReachable(id);
    rooms.feeds.peerReachable(id);
    rooms.store.peerReachable(id);
    rooms.folders.peerReachable(id);
    this.#events.onReachable(id);
  }

  #unreachable(id: PeerId): void {
    const rooms = this.#rooms;
    if (rooms === undefined) return;
    rooms.session.peerUnreachable(id);
    rooms.contacts.peerUnreachable(id);
    rooms.feeds.peerUnreachable(id);
    rooms.store.peerUnreachable(id);
    rooms.folders.peerUnreachable(id);
    this.#events.onUnreachable(id);
  }
}
