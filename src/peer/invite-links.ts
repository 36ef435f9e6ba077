import { LinkError } from "../link/index.ts";
import type { Endpoint, Log } from "../ports/index.ts";
import { INVITE_LINKS_MAX } from "./limits.ts";

/** What dialling needs of the link room. */
export interface DiallingPort {
  addStaticLink(endpoint: Endpoint): void;
  removeStaticLink(endpoint: Endpoint): void;
}

/**
 * Keeps the endpoints of invites dialled. They come from other people, so they have a budget of
 * their own: the oldest give way, and links that this person asked for are never crowded out.
 */
export class InviteLinks {
  readonly #link: DiallingPort;
  readonly #log: Log;
  /** In the order of dialling, the oldest first. */
  readonly #dialled = new Set<Endpoint>();
  /** Endpoints that this person asked for: they stay when an invite names them too. */
  readonly #own: ReadonlySet<Endpoint>;

  constructor(link: DiallingPort, own: readonly Endpoint[], log: Log) {
    this.#link = link;
    this.#own = new Set(own);
    this.#log = log;
  }

  /** Dials what an invite names; what is of no use here is passed over. */
  dial(endpoints: readonly Endpoint[]): void {
    for (const endpoint of endpoints) {
      if (this.#own.has(endpoint) || this.#dialled.delete(endpoint)) {
        if (!this.#own.has(endpoint)) this.#dialled.add(endpoint);
        continue;
      }
      const refusal = this.#add(endpoint);
      if (refusal === undefined) {
        this.#makeRoom();
        this.#dialled.add(endpoint);
      } else {
        const why = String(refusal);
        this.#log.debug("an invite's endpoint is of no use here", { endpoint, why });
      }
    }
  }

  /** Dials one; where the link room has no more places, the oldest of another invite gives way. @returns why not */
  #add(endpoint: Endpoint): unknown {
    try {
      this.#link.addStaticLink(endpoint);
      return undefined;
    } catch (error) {
      const [oldest] = this.#dialled;
      const isFull = error instanceof LinkError && error.code === "too-many";
      if (!isFull || oldest === undefined) return error;
      this.#giveUp(oldest);
      return this.#add(endpoint);
    }
  }

  #makeRoom(): void {
    for (const oldest of this.#dialled) {
      if (this.#dialled.size < INVITE_LINKS_MAX) return;
      this.#giveUp(oldest);
    }
  }

  #giveUp(endpoint: Endpoint): void {
    this.#dialled.delete(endpoint);
    this.#link.removeStaticLink(endpoint);
  }
}
