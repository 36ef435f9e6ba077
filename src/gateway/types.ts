import type { PeerId, PersonId } from "../identity/index.ts";
import type { GatewayError } from "./errors.ts";
import type { RefusalCode } from "./opening.ts";

/** What packets and connections carry. */
export type Protocol = "tcp" | "udp";

/** Whom a rule is about: a person with all of their devices, or everybody in a group. */
export type Who =
  | { readonly t: "person"; readonly id: PersonId }
  | { readonly t: "group"; readonly name: string };

/** Who is in which group, as the groups room or a fixed list knows. */
export interface Membership {
  /** Whether there is such a group. */
  has(group: string): boolean;
  isMember(group: string, person: PersonId): boolean;
}

/** The people this peer knows, as the gateway sees them. */
export interface People {
  /**
   * The met contact whose device this is, or somebody who is in a group with this peer's person;
   * undefined for everybody else.
   */
  personOf(peer: PeerId): PersonId | undefined;
  /** What the person is called here; undefined for those no longer known. */
  nameOf(person: PersonId): string | undefined;
  /**
   * The person meant by a petname, an id or an address.
   * @throws TypedError that says who else may be meant
   */
  resolve(text: string): PersonId;
  /** Everybody by petname. */
  names(): Iterable<readonly [petname: string, person: PersonId]>;
  /**
   * Grows with every change to what `names` and `introductions` say; without it they are read anew
   * for each question.
   */
  revision?(): number;
  /** Contacts whom a contact introduced, with what that contact called them then. */
  introductions?(): Iterable<readonly [by: PersonId, calls: string, person: PersonId]>;
  /** Whether `anna.peer` means the same as `anna.peer.alt` on this machine. */
  readonly hasShortSuffix?: boolean;
  /** The person's devices, those in reach first, nearest first. */
  devicesOf(person: PersonId): readonly PeerId[];
  /** Whether the person is a contact and not just in a group with this one; yes without it. */
  isContact?(person: PersonId): boolean;
  /**
   * Whom a name means that a group gives, or a member's: `anna.coop`. Empty devices: such a name
   * there is, and no device of it is known; undefined: there is none.
   */
  inGroup?(group: string, label: string): Meant | undefined;
  /** Names of this kind, `anna.coop`, with the addresses that they lead to, nearest first. */
  groupNames?(): Iterable<readonly [name: string, addresses: readonly string[]]>;
  /** Networks in which devices have addresses besides their own. */
  readonly networks?: Networks;
}

/**
 * Networks of groups, in each of which every member's device has an address besides its own. Only
 * those who are members now have any. Addresses are 32 hexadecimal digits.
 */
export interface Networks {
  /** How many bits the addresses of one network have in common. */
  readonly bits: number;
  /** This device's addresses. */
  own(): readonly string[];
  /**
   * The device with the address `theirs`, where `own` is this device's address in the same network;
   * undefined for all others.
   */
  deviceAt(own: string, theirs: string): PeerId | undefined;
  /** The device with this address in any network of this device's. */
  deviceOf(address: string): PeerId | undefined;
  /** The address of a device in the network of a group, both by their ids, whoever's it is. */
  addressOf(group: string, device: PeerId): string;
  /** Who belongs to a group may have changed. */
  changed(): void;
}

/** Devices of one peer or person, nearest first; `who` is the name for people. */
export interface Meant {
  readonly who: string;
  readonly devices: readonly PeerId[];
  /** What the first one has for an address under this name, where that is not its own one. */
  readonly address?: string;
  /** Whose these are, where it is somebody known by a name. */
  readonly person?: PersonId;
}

/** What the near end of a connection tells. */
export interface NearEvents {
  /** Bytes from the program; lent for the call. */
  onData(bytes: Uint8Array): void;
  /** The program has finished writing. */
  onEnd(): void;
  /** It is over, whatever the reason. The last call. */
  onClose(): void;
}

/** The near end of a connection: a socket of this machine, or a program's own stream. */
export interface Near {
  /** From now on these are told; before the first call nothing is read. */
  attach(events: NearEvents): void;
  /** Copies and writes; `sent` is called once the bytes have left, or can no longer leave. */
  write(bytes: Uint8Array, sent: () => void): void;
  /** No more bytes from this side, after what waits. */
  end(): void;
  /** Breaks off at once, so that the program sees a failure and not an end. */
  destroy(): void;
  /** Stops and takes up reading. */
  pause(): void;
  resume(): void;
}

/** Where a connection that others asked for leads to. */
export type Place =
  /** A port of this machine. */
  | { readonly t: "local"; readonly port: number }
  /** A host of the internet; `mayReach` judges each address that its name stands for. */
  | {
      readonly t: "internet";
      readonly host: string;
      readonly port: number;
      readonly mayReach: (address: string) => boolean;
    };

/** Told once: a connection, or why there is none. */
export type Dialled = (refusal: RefusalCode | null, near: Near | undefined) => void;

/** What the gateway needs of this machine's network. */
export interface LocalNet {
  /** Connects; the answer comes later. The function that is returned gives it up. */
  dial(place: Place, done: Dialled): () => void;
  /** Accepts connections of this machine's programs on loopback; port 0 takes any. */
  listen(
    port: number,
    accept: (near: Near) => void,
    done: (error: GatewayError | null, port: number) => void,
  ): void;
  /** Stops accepting; open connections live on. */
  unlisten(port: number): void;
  /** Whether this peer itself listens there for something else, as for its API: nobody is let in. */
  isOwn?(port: number): boolean;
}
