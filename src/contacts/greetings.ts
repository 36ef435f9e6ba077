import { equalBytes } from "../base/bytes.ts";
import { TypedError } from "../base/errors.ts";
import { encodePeerRecord, type PeerId, type PersonId } from "../identity/index.ts";
import { decodeGreeting, encodeGreeting, type Greeting } from "./greeting.ts";
import type { Handshake } from "./handshake.ts";
import { type ContactsOptions, NO_NEWS } from "./options.ts";

/** Somebody who has greeted and is a contact now. */
export interface Greeted {
  readonly device: PeerId;
  readonly personId: PersonId;
  /** The device's X25519 public key. */
  readonly dhKey: Uint8Array;
  /** What to write back to it. */
  readonly answer: Uint8Array;
}

/**
 * The exchange by which two people become contacts, as letters instead of a stream: for devices
 * that are never in reach at the same time.
 */
export class Greetings {
  readonly #options: ContactsOptions;
  readonly #handshake: Handshake;

  constructor(options: ContactsOptions, handshake: Handshake) {
    this.#options = options;
    this.#handshake = handshake;
  }

  /** What to write first to a device whose invite we hold; undefined where nothing is to be asked. */
  ask(device: PeerId): Uint8Array | undefined {
    const { identity, name } = this.#options;
    const question = this.#handshake.questionFor(device);
    if (question?.t !== "request") return undefined;
    return encodeGreeting(question, encodePeerRecord(identity, { name, seqno: 0 }));
  }

  /**
   * Somebody greets us. `done` comes with undefined where they may not: malformed, another's key,
   * revoked, or no invite of ours that is open.
   * @param dhKey X25519 key of the device that sealed the letter
   */
  take(content: Uint8Array, dhKey: Uint8Array, done: (who: Greeted | undefined) => void): void {
    const { devices = NO_NEWS } = this.#options;
    const greeting = this.#read(content);
    const { record, frame } = greeting ?? {};
    const isWhole = record !== undefined && equalBytes(record.dhKey, dhKey);
    if (!isWhole || frame?.t !== "request" || !devices.stands(record)) {
      done(undefined);
      return;
    }
    this.#handshake.asked(record, frame, (answer) => {
      if (answer?.t !== "accepted") {
        done(undefined);
        return;
      }
      const { personId } = record.person;
      done({ device: record.id, personId, dhKey, answer: encodeGreeting(answer) });
    });
  }

  /** A device that we greeted has answered; what is no answer is passed over. */
  answered(device: PeerId, content: Uint8Array): void {
    const frame = this.#read(content)?.frame;
    const isAsked = this.#handshake.questionFor(device)?.t === "request";
    if (isAsked && frame?.t === "accepted") {
      this.#handshake.answered(device, frame, () => undefined);
    }
  }

  #read(content: Uint8Array): Greeting | undefined {
    const { suite, log } = this.#options;
    try {
      return decodeGreeting(suite, content);
    } catch (error) {
      if (!(error instanceof TypedError)) throw error;
      log.warn("greeting malformed", { code: error.code });
      return undefined;
    }
  }
}
