import { equalBytes } from "../base/bytes.ts";
import { must, type TypedError } from "../base/errors.ts";
import type { PersonId } from "../identity/index.ts";
import type { Random } from "../ports/random.ts";
import { between, pick } from "./dice.ts";
import { SimulationError } from "./errors.ts";
import { type Fetched, fetchObject, putObject } from "./object-traffic.ts";
import type { SimPeer } from "./sim-peer.ts";
import type { World } from "./world.ts";

/** Two people who meet by an invite. */
export interface Meeting {
  readonly host: SimPeer;
  readonly guest: SimPeer;
  /** The guest was told that the host is a contact now. */
  isAccepted: boolean;
}

/** A message that somebody has tried to send. */
export interface SentMessage {
  readonly from: SimPeer;
  readonly to: SimPeer;
  /** Unique in the run. */
  readonly text: string;
  /** The sender was told that it is on disk. */
  isAcknowledged: boolean;
}

/** An object that somebody has put, and was told that all of it is on disk. */
export interface PutRecord {
  readonly by: SimPeer;
  readonly link: string;
  readonly bytes: Uint8Array;
  readonly k: number;
  readonly n: number;
}

/** Pause between two attempts of people to meet, in milliseconds. */
const MEET_AGAIN_MS = 4_000;

/** What people do with their peers in a run, and a notebook of what they were promised. */
export class Traffic {
  readonly meetings: Meeting[] = [];
  /** In the order in which they were sent. */
  readonly sent: SentMessage[] = [];
  readonly objects: PutRecord[] = [];
  /** Reads that were tried, and how many of them gave the whole object. */
  readonly reads = { tried: 0, complete: 0 };
  readonly #world: World;
  readonly #random: Random;
  readonly #badDisks: boolean;

  /** @param badDisks whether people may be told that a disk failed */
  constructor(world: World, random: Random, badDisks = false) {
    this.#world = world;
    this.#random = random;
    this.#badDisks = badDisks;
  }

  /** Lets two people meet; they try until it has worked. */
  meet(host: SimPeer, guest: SimPeer): void {
    const meeting: Meeting = { host, guest, isAccepted: false };
    this.meetings.push(meeting);
    this.#tryToMeet(meeting);
  }

  /** One who has met another sends a text, if anybody has met and the peer is up. */
  say(): void {
    const met = this.meetings.filter(({ isAccepted }) => isAccepted);
    if (met.length === 0) return;
    const { host, guest } = pick(this.#random, met);
    const [from, to] = this.#random.u32() % 2 === 0 ? [host, guest] : [guest, host];
    this.#send(from, to);
  }

  /** A peer puts random bytes; what it is told of it comes into the notebook. */
  put(by: SimPeer, sizeBytes: number, k: number, n: number): void {
    const bytes = this.#random.bytes(sizeBytes);
    const name = `object ${this.#world.nowMs}`;
    const done = (link: string): void => void this.objects.push({ by, link, bytes, k, n });
    putObject(by, { name, k, n, bytes }, done, (error) => this.#excuse(error));
  }

  /**
   * A peer reads an object. Wrong bytes end the run; `done` hears how it went.
   * False: the peer is not up.
   */
  fetch(by: SimPeer, object: PutRecord, done: (fetched: Fetched) => void): boolean {
    const isUnderWay = fetchObject(by, object.link, (fetched) => {
      if (fetched.error === undefined) this.#check(by, object, fetched.bytes);
      if (fetched.error === undefined) this.reads.complete++;
      done(fetched);
    });
    if (isUnderWay) this.reads.tried++;
    return isUnderWay;
  }

  #check(by: SimPeer, { link, bytes }: PutRecord, read: Uint8Array): void {
    if (equalBytes(read, bytes)) return;
    const words = `place ${by.place} read ${read.length} wrong bytes for ${link}`;
    throw new SimulationError("broken-promise", words);
  }

  #tryToMeet(meeting: Meeting): void {
    if (meeting.isAccepted) return;
    const { host } = meeting;
    host.act((peer) => {
      peer.createInvite([], (error, invite) => {
        if (error !== null) {
          this.#excuse(error);
          return;
        }
        const { link } = must(invite, "an invite without an error");
        this.#world.after(between(this.#random, 0, 200), () => this.#accept(meeting, link));
      });
    });
    this.#world.after(MEET_AGAIN_MS, () => this.#tryToMeet(meeting));
  }

  #accept(meeting: Meeting, link: string): void {
    meeting.guest.act((peer) =>
      peer.addContact(link, undefined, (error) => {
        if (error !== null && error.code !== "already-known") this.#excuse(error);
        else meeting.isAccepted = true;
      }),
    );
  }

  #send(from: SimPeer, to: SimPeer): void {
    const text = `${from.place} to ${to.place}, number ${this.sent.length}`;
    const entry: SentMessage = { from, to, text, isAcknowledged: false };
    from.act(({ contacts, messages }) => {
      const person: PersonId = to.identity.person.personId;
      if (contacts.byPerson(person) === undefined) return;
      this.sent.push(entry);
      messages.send(person, text, (error) => {
        if (error !== null) this.#excuse(error);
        else entry.isAcknowledged = true;
      });
    });
  }

  /** Nothing but a bad disk excuses an error. */
  #excuse(error: TypedError): void {
    const isDisk = error.code === "disk" || error.code === "disk-full";
    if (!this.#badDisks || !isDisk) throw error;
  }
}
