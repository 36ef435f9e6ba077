import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { InvoiceBody, PaymentBody, PeerEvent } from "../../src/api/client/index.ts";
import { freePort, PeerProcess, until } from "../cli/peer-process.ts";
import type { Dice } from "./dice.ts";

/** How a street is built. */
export interface StreetPlan {
  readonly houses: number;
  /** Pairs of houses that are linked, have met and have a line. */
  readonly lines: readonly (readonly [number, number])[];
  /** How much each may owe over a line, as a text. */
  readonly limit: string;
}

/** What came of one payment that somebody began. */
export interface Begun {
  readonly id: string;
  readonly payer: number;
  readonly payee: number;
  /** In hundredths. */
  readonly amount: number;
  readonly hops: number;
}

/** How long the building of a street, and the calm after a storm, may take. */
const BUILD_MS = 120_000;
const SETTLED = new Set(["paid", "failed"]);

/** One house: a peer in a process of its own that may be killed, and what its event stream told. */
export class House {
  readonly peer: PeerProcess;
  readonly name: string;
  isUp = false;
  /** Ends of payments of this house, by id, as its events told them. */
  readonly ended: Map<string, PaymentBody["state"]> = new Map();
  #listening: AbortController | undefined;

  constructor(name: string, peer: PeerProcess) {
    this.name = name;
    this.peer = peer;
  }

  async start(): Promise<void> {
    await this.peer.start();
    this.isUp = true;
    this.#listening = new AbortController();
    void this.#listen(this.#listening.signal);
  }

  async end(signal: NodeJS.Signals): Promise<void> {
    this.isUp = false;
    this.#listening?.abort();
    await this.peer.end(signal);
  }

  async #listen(signal: AbortSignal): Promise<void> {
    try {
      for await (const event of this.peer.client.events(signal)) this.#heard(event);
    } catch {
      // The process was killed, as planned.
    }
  }

  #heard({
    name,
    body,
  }: PeerEvent<never> | { readonly name: string; readonly body: unknown }): void {
    if (name !== "money-payment") return;
    const { id, state } = body as PaymentBody;
    if (SETTLED.has(state)) this.ended.set(id, state);
  }
}

/** Peers in processes of their own on loopback, who owe each other hours. */
export class Street {
  readonly folder: string = mkdtempSync(join(tmpdir(), "peernet-street-"));
  readonly houses: House[] = [];
  readonly #plan: StreetPlan;

  constructor(plan: StreetPlan) {
    this.#plan = plan;
  }

  /** Starts all, makes contacts of neighbours, and a line between each two of them. */
  async build(): Promise<void> {
    const { houses, lines } = this.#plan;
    const ports = await Promise.all(Array.from({ length: houses }, freePort));
    for (const [place, port] of ports.entries()) {
      const near = lines.filter((line) => line.includes(place)).flat();
      const links = [...new Set(near)]
        .filter((other) => other !== place)
        .flatMap((other) => ["--link", `tcp://127.0.0.1:${ports[other]}`]);
      const words = ["--no-discovery", "--name", `h${place}`];
      words.push("--listen", `tcp://127.0.0.1:${port}`, ...links);
      const peer = new PeerProcess(join(this.folder, `h${place}`), words);
      this.houses.push(new House(`h${place}`, peer));
    }
    for (const house of this.houses) await house.start();
    await this.house(0).peer.client.money.issue({ name: "Street hours", unit: "hour" });
    // The currency spreads outwards: whoever has it offers it to the next ones.
    const has = new Set([0]);
    const left = [...lines];
    while (left.length > 0) {
      const at = left.findIndex(([one, other]) => has.has(one) || has.has(other));
      const [[one, other] = [0, 0]] = left.splice(Math.max(0, at), 1);
      const [from, to] = has.has(one) ? [one, other] : [other, one];
      await this.#connect(this.house(from), this.house(to));
      has.add(to);
    }
    const unrest = await this.calm(BUILD_MS);
    if (unrest.length > 0) throw new Error(unrest.join("; "));
  }

  house(place: number): House {
    const house = this.houses[place];
    if (house === undefined) throw new RangeError(`There is no house ${place}.`);
    return house;
  }

  /** Lines between two houses at the least. */
  hopsBetween(from: number, to: number): number {
    const seen = new Map([[from, 0]]);
    for (const [place, hops] of seen) {
      for (const line of this.#plan.lines) {
        const other = line[0] === place ? line[1] : line[1] === place ? line[0] : undefined;
        if (other !== undefined && !seen.has(other)) seen.set(other, hops + 1);
      }
    }
    return seen.get(to) ?? Number.POSITIVE_INFINITY;
  }

  /** Somebody who is up pays somebody else who is: undefined where either was killed meanwhile. */
  async begin(dice: Dice, hopsMax: number): Promise<Begun | undefined> {
    const payer = dice.below(this.houses.length);
    const payee = dice.below(this.houses.length);
    const hops = this.hopsBetween(payer, payee);
    if (hops < 1 || hops > hopsMax) return undefined;
    const amount = 1 + dice.below(300);
    const [from, to] = [this.house(payer), this.house(payee)];
    if (!from.isUp || !to.isUp) return undefined;
    const text = (amount / 100).toFixed(2);
    let invoice: InvoiceBody | undefined;
    try {
      invoice = await to.peer.client.money.request(text, "hours", `${payer} to ${payee}`);
      if (!from.isUp) return undefined;
      await from.peer.client.money.payRequest(invoice.link);
    } catch (error) {
      // Whoever is killed in the middle of a call may or may not have begun.
      if (from.isUp && to.isUp) throw error;
      if (invoice === undefined) return undefined;
    }
    return { id: invoice.id, payer, payee, amount, hops };
  }

  /** Waits until all lines are open and in reach, and nothing is under way or locked. @returns what still is */
  async calm(limitMs: number): Promise<readonly string[]> {
    let unrest: readonly string[] = [];
    const look = async (): Promise<boolean> => {
      unrest = (await Promise.all(this.houses.map(unrestOf))).flat();
      return unrest.length === 0;
    };
    await until(look, limitMs, 500);
    return unrest;
  }

  async remove(): Promise<void> {
    await Promise.all(this.houses.map((house) => house.end("SIGKILL")));
    rmSync(this.folder, { recursive: true, force: true });
  }

  async #connect(one: House, other: House): Promise<void> {
    const { limit } = this.#plan;
    const { link } = await one.peer.client.createInvite();
    await other.peer.client.addContact(link, one.name);
    const isMet = async (from: House, to: House): Promise<boolean> =>
      (await from.peer.client.contacts()).some(
        ({ petname, state }) => petname === to.name && state === "met",
      );
    await within(async () => (await isMet(one, other)) && (await isMet(other, one)));
    await one.peer.client.money.begin(other.name, "hours", limit);
    await within(async () => {
      const { lines } = await other.peer.client.money.lines(one.name);
      return lines.some(({ waitsFor }) => waitsFor === "you");
    });
    await other.peer.client.money.begin(one.name, "hours", limit);
  }
}

async function unrestOf({ isUp, name, peer }: House): Promise<readonly string[]> {
  if (!isUp) return [`${name} is not up`];
  const { lines } = await peer.client.money.lines();
  const { payments } = await peer.client.money.payments();
  const unrest: string[] = [];
  for (const line of lines) {
    const { isInReach, lockedIn, lockedOut, state, unconfirmed } = line;
    const isStill = Number(lockedIn) + Number(lockedOut) + unconfirmed === 0;
    if (isStill && isInReach && state === "open") continue;
    const words = `${state}, ${isInReach ? "" : "not "}in reach, ${lockedIn} in, ${lockedOut} out, ${unconfirmed} unconfirmed`;
    unrest.push(`${name} with ${line.with}: ${words}`);
  }
  for (const { id, parts, state } of payments) {
    if (!SETTLED.has(state)) unrest.push(`${name}: ${id} is ${state} ${JSON.stringify(parts)}`);
  }
  return unrest;
}

async function within(condition: () => Promise<boolean>): Promise<void> {
  if (!(await until(condition, BUILD_MS, 20))) {
    throw new Error("the street is not built: somebody did not answer in time");
  }
}
