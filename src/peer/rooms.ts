import {
  BookExchange,
  ContactCare,
  Contacts,
  type ContactsEvents,
  type Pictures,
  type StrangersDoor,
  type TrayExchange,
} from "../contacts/index.ts";
import { Devices } from "../devices/index.ts";
import { Folders } from "../folders/index.ts";
import { Gateway, NO_NET } from "../gateway/index.ts";
import { GroupActs, Groups, type GroupsOptions } from "../groups/index.ts";
import type { PeerId } from "../identity/index.ts";
import { LinkManager } from "../link/index.ts";
import { Messages } from "../messages/index.ts";
import * as ratchet from "../messages/ratchet/index.ts";
import type { community, Money } from "../money/index.ts";
import type { Timed } from "../ports/index.ts";
import { Router } from "../routing/index.ts";
import { SessionManager, type SessionPort } from "../session/index.ts";
import { Store } from "../store/index.ts";
import { chatPeopleOf } from "./chat-people.ts";
import { correspondentsOf, isMet, isMetPerson } from "./correspondents.ts";
import type { WayCounters } from "./counters.ts";
import { devicesPeopleOf, forgetPerson, originOf, tellOwnDevices } from "./device-ports.ts";
import { folderObjectsOf, folderPeopleOf } from "./folder-ports.ts";
import { GroupFolders } from "./group-folders.ts";
import { GroupNetworks } from "./group-networks.ts";
import { membershipOf, peopleWithGroups } from "./group-ports.ts";
import { guardedSessions } from "./guarded-sessions.ts";
import { hybridPortOf } from "./hybrid-port.ts";
import type { Loadable } from "./loading.ts";
import { communitiesOf, moneyOf } from "./money-ports.ts";
import { groupsOf, peopleOf } from "./people.ts";
import { picturesOf } from "./pictures.ts";
import { Pinger } from "./ping.ts";
import { PlacesKeeper } from "./places.ts";
import { BUDGETS, SESSION_BUDGETS } from "./profile.ts";
import { linkEventsOf, peerAnswers, routingEventsOf } from "./room-events.ts";
import { SeqnoKeeper } from "./seqno.ts";
import { failureGroups, storeWishes } from "./store-wishes.ts";
import { strangersOf, trayOf } from "./strangers.ts";
import { Survey } from "./survey.ts";
import type { PeerConfig, PeerEvents, PeerPorts } from "./types.ts";

/** The rooms of a running peer, wired together. */
export interface Rooms {
  readonly link: LinkManager;
  /** Keeps where neighbours were. */
  readonly places: PlacesKeeper;
  readonly routing: Router;
  readonly session: SessionManager;
  readonly devices: Devices;
  readonly contacts: Contacts;
  /** Keeps the contacts the same on all devices of this person. */
  readonly book: BookExchange;
  readonly strangers: StrangersDoor;
  /** The requests that came to any device of this person. */
  readonly tray: TrayExchange;
  readonly care: ContactCare;
  readonly pictures: Pictures;
  readonly messages: Messages;
  readonly store: Store;
  readonly folders: Folders;
  readonly groups: Groups;
  readonly groupActs: GroupActs;
  readonly groupFolders: GroupFolders;
  readonly gateway: Gateway;
  readonly money: Money;
  readonly communities: community.Communities;
  readonly pinger: Pinger;
  readonly survey: Survey;
}

/** What the rooms of one peer are made of. */
export interface RoomsOptions {
  readonly ports: PeerPorts;
  readonly config: PeerConfig;
  readonly events: PeerEvents;
  readonly counters: WayCounters;
  /** The number of the last announcement that may have left this peer. */
  readonly seqno: number;
  /** Keeps endpoints dialled that links named. */
  readonly dial: (endpoints: readonly string[]) => void;
  /** Whether the rooms are open: what comes and goes before that is of no interest to them. */
  readonly isOpen: () => boolean;
}

/** Rooms that read the disk, in the order in which they may. */
export function loadableRooms(rooms: Rooms): readonly Loadable[] {
  const { devices, contacts, book, strangers, messages, store, folders, groups, gateway } = rooms;
  const money = [rooms.money, rooms.communities];
  const people = [devices, contacts, book, strangers, rooms.tray, messages];
  // Whose pictures are kept depends on who is in which group.
  return [rooms.places, ...people, store, folders, groups, rooms.pictures, gateway, ...money];
}

/** Rooms that want to be called as time passes, from the ground up. */
export function timedRooms(rooms: Rooms): readonly Timed[] {
  const { link, routing, session, devices, contacts, pictures, strangers, care, messages } = rooms;
  const people = [devices, contacts, rooms.book, pictures, strangers, rooms.tray, care, messages];
  const { store, folders, groups, gateway, money, communities, pinger, survey } = rooms;
  const owed = [money, communities];
  const services = [...people, store, folders, groups, gateway, ...owed, pinger, survey];
  return [link, routing, session, ...services];
}

/** Makes the rooms of a peer and hands each what it needs of the others. */
export class RoomsBuilder {
  readonly #options: RoomsOptions;

  constructor(options: RoomsOptions) {
    this.#options = options;
  }

  /** The rooms, neither loaded nor started. @throws TypedError where the configuration is refused */
  build(): Rooms {
    const { ports, config, events } = this.#options;
    const { clock, random, suite, records, log } = ports;
    const { identity, name } = config;
    const common = { identity, suite, clock, random, log };
    const { link, places }: Pick<Rooms, "link" | "places"> = this.#links(() => routing);
    const routing: Router = new Router({
      ...common,
      name,
      seqno: this.#options.seqno,
      link,
      ...BUDGETS[config.profile ?? "computer"],
      reserveSeqno: this.#seqnoReserve(),
      events: routingEventsOf(this.#options, () => rooms),
    });
    const session: SessionManager = new SessionManager({
      ...common,
      routing,
      paths: routing.paths,
      isTrusted: (peer) => isMet(contacts, peer),
      ...SESSION_BUDGETS[config.profile ?? "computer"],
      onAnswers: (id) => peerAnswers(this.#options, rooms, id),
    });
    const devices: Devices = this.#devices(session, routing, () => ({
      contacts,
      book,
      tray,
      messages,
    }));
    const sessions = guardedSessions(session, devices, (id) => routing.record(id));
    const contacts: Contacts = new Contacts({
      ...{ ...common, name, records, sessions, devices },
      isPending: (person, token) => strangers.isPending(person, token),
      events: this.#contactsEvents(() => rooms),
    });
    const strangers: StrangersDoor = strangersOf(
      { ...common, records, sessions },
      {
        ...{ contacts, routing, groups: () => groups },
        onRequestsChanged: () => events.onRequestsChanged?.(),
      },
    );
    const circle = { contacts, routing, events, groups: () => groups };
    const pictures = picturesOf({ ...common, records, sessions }, circle);
    const circles = { contacts, devices, groups: () => groups };
    const messages = this.#messages(sessions, { link, routing }, circles);
    const store = this.#store(contacts, routing, session, failureGroups(link, routing));
    const folders = new Folders({
      ...{ ...common, records, session: sessions, objects: folderObjectsOf(store) },
      ...folderPeopleOf(suite, { identity, name }, contacts, { routing, devices }),
      events: { onFolderChanged: (id) => events.onFolderChanged?.(id) },
    });
    const groupsOptions = this.#groupsOptions(sessions, contacts, routing, () => rooms);
    const groups: Groups = new Groups(groupsOptions);
    const groupActs = new GroupActs(groups, groupsOptions);
    const groupFolders = new GroupFolders({ groups, acts: groupActs, folders, log });
    const gateway = this.#gateway(sessions, contacts, { routing, devices, groups });
    const owners = { contacts, groups, routing, session: sessions, devices, messages };
    const money = moneyOf({ ports, config, events }, owners);
    const communities = communitiesOf({ ports, config, events }, owners);
    const pinger = new Pinger(session, clock, random);
    const survey = new Survey({ session, routing, link, clock });
    const care = new ContactCare({ ...common, sessions, contacts });
    const isOwn = (peer: PeerId): boolean => devices.isOwn(peer);
    const book = new BookExchange({ ...common, sessions, contacts, isOwn });
    const tray = trayOf({ ...common, records, sessions }, { contacts, strangers, isOwn, events });
    const met = { devices, contacts, book, pictures, strangers, tray, care, messages };
    const people = { ...met, groups, groupActs, groupFolders };
    const ground = { link, places, routing, session };
    const owed = { money, communities };
    const rooms: Rooms = { ...ground, ...people, store, folders, gateway, ...owed, pinger, survey };
    return rooms;
  }

  #links(routing: () => Router): Pick<Rooms, "link" | "places"> {
    const { ports, config } = this.#options;
    const { clock, random, suite, records, log, transports } = ports;
    const link: LinkManager = new LinkManager({
      ...{ identity: config.identity, suite, clock, random, log, transports },
      discovery: config.discovery,
      repairsLosses: config.repairsLosses ?? true,
      keepPlaces: (table) => places.keep(table),
      events: linkEventsOf(this.#options, () => routing().linkEvents),
    });
    const places = new PlacesKeeper(records, log, (table) => link.recall(table));
    return { link, places };
  }

  #contactsEvents(rooms: () => Rooms): ContactsEvents {
    const { events, ports } = this.#options;
    return {
      onContactChanged: (contact) => {
        const { routing, contacts, devices, messages, strangers, pictures, gateway } = rooms();
        for (const { record } of routing.routes()) {
          if (record.person.personId === contact.personId) contacts.deviceSeen(record);
        }
        devices.contactChanged();
        messages.correspondentChanged(contact.personId);
        strangers.contactChanged(contact.personId);
        pictures.contactChanged(contact.personId);
        // Who is blocked or deleted keeps no connection.
        gateway.membersChanged();
        events.onContactChanged(contact);
      },
      onRemovedElsewhere: (person) =>
        forgetPerson(rooms(), person, (error) => {
          if (error !== null)
            ports.log.warn("somebody deleted not forgotten", { code: error.code });
        }),
    };
  }

  #messages(
    sessions: SessionPort,
    ways: { readonly link: LinkManager; readonly routing: Router },
    people: {
      readonly contacts: Contacts;
      readonly devices: Devices;
      readonly groups: () => Groups;
    },
  ): Messages {
    const { ports, config, events } = this.#options;
    const { clock, random, suite, records, log } = ports;
    const { identity } = config;
    const { contacts, devices, groups } = people;
    const [{ routing }, isThrifty] = [ways, config.profile === "radio"];
    return new Messages({
      ...{ identity, suite, clock, random, log, records, ratchet, events, sessions },
      correspondents: correspondentsOf(identity, contacts, devices, () =>
        routing.routes().map(({ record }) => record),
      ),
      packets: { isThrifty, send: (to, frame) => routing.send(to, frame) },
      hybrid: hybridPortOf(isThrifty, ways),
      chatPeople: chatPeopleOf({
        ...{ identity, suite, groups },
        personOf: (peer) => routing.record(peer)?.person.personId,
        isRevoked: (device, person) => devices.isRevoked(device, person),
      }),
      isCopied: config.isCopied ?? false,
    });
  }

  #seqnoReserve(): (upTo: number) => void {
    const { records, log } = this.#options.ports;
    const keeper = new SeqnoKeeper(records, (error) => {
      log.warn("the announcement's number could not be kept; it will be tried again", {
        code: error.code,
      });
    });
    return (upTo) => keeper.reserve(upTo);
  }

  #store(
    contacts: Contacts,
    routing: Router,
    session: SessionManager,
    groups: (peer: PeerId) => readonly string[],
  ): Store {
    const { ports, config, events } = this.#options;
    const { clock, random, suite, records, blocks, layering, stripeMaker, log } = ports;
    const { identity, storeQuotaBytes } = config;
    return new Store({
      ...{ identity, suite, clock, random, log, records, blocks, routing, session },
      quotaBytes: storeQuotaBytes,
      stripeMaker,
      keepsUnknownBlocks: config.keepsUnknownBlocks ?? false,
      ...storeWishes(config, layering, (peer) => isMet(contacts, peer), groups),
      events: {
        onProgress: (progress) => events.onStoreProgress(progress),
        onObjectChanged: (objectLink) => events.onObjectChanged(objectLink),
      },
    });
  }

  #groupsOptions(
    session: SessionPort,
    contacts: Contacts,
    routing: Router,
    rooms: () => Rooms,
  ): GroupsOptions {
    const { ports, config, events, dial } = this.#options;
    const { clock, random, suite, records, log } = ports;
    const { identity, name } = config;
    const fixed = new Set(Object.keys(config.groups ?? {}).map((each) => each.toLowerCase()));
    return {
      ...{ identity, name, suite, clock, random, log, records, session },
      personOf: (peer) => routing.record(peer)?.person.personId,
      isContact: (person) => person === identity.person.personId || isMetPerson(contacts, person),
      ...{ isCopied: config.isCopied ?? false, salvages: config.salvages ?? false },
      onMended: (loss) => events.onGroupMended?.(loss),
      // A group that comes later must not get what was opened to another of its name.
      isLabelTaken: (label) => fixed.has(label) || rooms().gateway.namesGroup(label),
      events: {
        onGroupChanged: (id) => {
          rooms().gateway.membersChanged();
          rooms().groupFolders.groupChanged(id);
          rooms().pictures.fellowsChanged();
          rooms().messages.chats.groupChanged(id);
          rooms().communities.membersChanged();
          events.onGroupChanged?.(id);
        },
        onEndpoints: (endpoints) => dial(endpoints),
      },
    };
  }

  #devices(
    session: SessionManager,
    routing: Router,
    people: () => Pick<Rooms, "contacts" | "book" | "tray" | "messages">,
  ): Devices {
    const { ports, config, events } = this.#options;
    const { identity, name, secrets, salvages = false } = config;
    const contacts = (): Contacts => people().contacts;
    const devices: Devices = new Devices({
      ...{ ...ports, identity, name, secrets, salvages, sessions: session },
      origin: originOf(config),
      people: devicesPeopleOf(identity, contacts, routing),
      events: {
        onDevicesChanged: (personId, news) => {
          for (const { kind, peerId } of news) {
            const isTheirs = routing.record(peerId)?.person.personId === personId;
            if (kind === "revoked" && isTheirs) session.close(peerId);
          }
          if (personId === identity.person.personId) {
            tellOwnDevices(people().messages, devices, news);
            people().book.devicesChanged();
            people().tray.devicesChanged();
          }
          contacts().devicesChanged(personId);
          for (const { record } of routing.routes()) {
            if (record.person.personId === personId) contacts().deviceSeen(record);
          }
          events.onDevicesChanged?.(personId, news);
        },
      },
    });
    return devices;
  }

  #gateway(
    session: SessionPort,
    contacts: Contacts,
    { routing, devices, groups }: Pick<Rooms, "routing" | "devices" | "groups">,
  ): Gateway {
    const { ports, config } = this.#options;
    const { suite, clock } = ports;
    const parts = { contacts, groups, routing, devices };
    const networks = new GroupNetworks({ identity: config.identity, suite, clock, ...parts });
    return new Gateway({
      ...{ ...ports, identity: config.identity, session },
      people: peopleWithGroups(peopleOf(contacts, routing, devices, config.hasShortNames), {
        ...{ ...parts, networks },
      }),
      groups: membershipOf(groupsOf(contacts, config.groups ?? {}), groups),
      net: ports.net ?? NO_NET,
      signKeyOf: (id) => routing.record(id)?.signKey,
    });
  }
}
