import { must } from "../base/errors.ts";
import type { Message } from "../messages/index.ts";
import { ask } from "./asking.ts";
import { SimulationError } from "./errors.ts";
import { CALM_MS_MAX } from "./limits.ts";
import { checkDirection, checkToldOnce, type Direction } from "./promises.ts";
import type { SimPeer } from "./sim-peer.ts";
import type { Traffic } from "./traffic.ts";
import type { World } from "./world.ts";

/** Virtual milliseconds between two looks at whether something has come right. */
const LOOK_EVERY_MS = 250;
/** Messages asked for at once when a list is read. */
const PAGE = 200;

/** Waits for what must come right by itself once nothing goes wrong any more. */
export class Settling {
  readonly #world: World;
  readonly #peers: readonly SimPeer[];
  readonly #traffic: Traffic;

  constructor(world: World, peers: readonly SimPeer[], traffic: Traffic) {
    this.#world = world;
    this.#peers = peers;
    this.#traffic = traffic;
  }

  /** Everybody who is up sees everybody else who is. @returns virtual milliseconds it took */
  everybodySeesAll(): number {
    const up = this.#peers.filter(({ isUp }) => isUp);
    const ids = up.map(({ id }) => id);
    const seesAll = (peer: SimPeer): boolean =>
      peer.act(({ routing }) =>
        ids.every((id) => id === peer.id || routing.route(id) !== undefined),
      ) === true;
    return this.#wait("somebody does not see somebody", () => up.every(seesAll));
  }

  /** Whoever met has met on both sides. */
  everybodyMet(): number {
    const knows = (peer: SimPeer, other: SimPeer): boolean =>
      peer.act(({ contacts }) => contacts.byPerson(other.identity.person.personId)?.state) ===
      "met";
    const { meetings } = this.#traffic;
    return this.#wait("two people have not met", () =>
      meetings.every(
        ({ host, guest, isAccepted }) => isAccepted && knows(host, guest) && knows(guest, host),
      ),
    );
  }

  /** No message waits any more. */
  everythingDelivered(): number {
    return this.#wait("a message still waits", () =>
      this.#peers.every((peer) => peer.act(({ messages }) => messages.waitingCount()) === 0),
    );
  }

  /**
   * Whoever was written to can read it. What has arrived may wait there for a letter that was sent
   * before it and is no message, such as a receipt, so this may come later than the delivery.
   */
  everythingReadable(): void {
    const fromMs = this.#world.nowMs;
    while (this.#isSomethingHeld()) {
      // What is missing then is for `checkMessages` to name.
      if (this.#world.nowMs - fromMs >= CALM_MS_MAX) return;
      this.#world.run(LOOK_EVERY_MS);
    }
  }

  #isSomethingHeld(): boolean {
    const lists = new Map(this.#peers.map((peer) => [peer, this.listMessages(peer)]));
    return this.#peers.some((from) =>
      this.#peers.some((to) => {
        const { outgoing, incoming } = this.#direction(from, to, lists);
        return incoming.length < outgoing.length;
      }),
    );
  }

  /** No fragment waits for a better place any more. */
  everythingSpread(): number {
    return this.#wait("a fragment still waits for its place", () =>
      this.#traffic.objects.every(
        ({ by, link }) => by.act(({ store }) => store.object(link)?.health.waiting) === 0,
      ),
    );
  }

  /**
   * All that is promised of messages, once nothing waits.
   * @param told what the observer of each place was told of
   */
  checkMessages(told: readonly (readonly Message[])[]): void {
    const lists = new Map(this.#peers.map((peer) => [peer, this.listMessages(peer)]));
    for (const [place, messages] of told.entries()) checkToldOnce(place, messages);
    for (const from of this.#peers) {
      for (const to of this.#peers) checkDirection(this.#direction(from, to, lists));
    }
  }

  /** All messages of a peer, oldest first. */
  listMessages(peer: SimPeer): readonly Message[] {
    const all: Message[] = [];
    for (let afterId = ""; ; ) {
      const query = { afterId, limit: PAGE };
      const page = ask<readonly Message[]>(this.#world, peer, ({ messages }, done) =>
        messages.list(query, (error, found) => {
          if (error !== null) throw error;
          done(found);
        }),
      );
      all.push(...page);
      if (page.length < PAGE) return all;
      afterId = must(page.at(-1), "a full page").id;
    }
  }

  #direction(
    from: SimPeer,
    to: SimPeer,
    lists: ReadonlyMap<SimPeer, readonly Message[]>,
  ): Direction {
    const pick = (peer: SimPeer, other: SimPeer, direction: "in" | "out"): Message[] =>
      must(lists.get(peer), "a list per peer").filter(
        (message) =>
          message.direction === direction && message.personId === other.identity.person.personId,
      );
    return {
      name: `place ${from.place} to place ${to.place}`,
      sendings: this.#traffic.sent.filter((entry) => entry.from === from && entry.to === to),
      outgoing: pick(from, to, "out"),
      incoming: pick(to, from, "in"),
    };
  }

  #wait(trouble: string, condition: () => boolean): number {
    const tookMs = this.#world.runUntil(condition, CALM_MS_MAX, LOOK_EVERY_MS);
    if (tookMs !== undefined) return tookMs;
    const words = `${trouble} after ${CALM_MS_MAX / 1_000} calm seconds`;
    throw new SimulationError("broken-promise", words);
  }
}
