import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import type { ObjectHealth, StatusBody } from "../../src/api/client/index.ts";
import { type Host, Lab, waitUntil } from "../../test/netns/lab.ts";
import { statusOf } from "../routing/netns-rig.ts";

/** Node processes started at once: more only make each other late. */
const STARTED_AT_ONCE = 4;

/** How agents on the bed heal, as their `config.json` says. */
export interface BedPace {
  readonly deadAfterSeconds: number;
  readonly watchSeconds: number;
  readonly turnSeconds: number;
}

/** What the publisher says of its object. */
export interface Published {
  readonly root: string;
  readonly sizeBytes: number;
  readonly readKey: string;
  /** Fragments that it still had itself when it ended. */
  readonly own: number;
}

/** Sums over the agents that are up. */
export interface BedSums {
  readonly fragments: number;
  readonly healed: number;
  readonly made: number;
  /** Healings under way. */
  readonly healing: number;
  /** Bytes that their stores have sent to each other. */
  readonly sentBytes: number;
}

/** One local network: a switch, and hosts with a cable to it. */
export class Bed {
  readonly lab: Lab;
  /** Those who keep fragments; the publisher is not among them. */
  readonly agents: readonly Host[];
  readonly #publisher: Host;
  readonly #switch: Host;
  readonly #dead = new Set<Host>();

  /** @param count agents */
  constructor(count: number, pace: BedPace) {
    this.lab = new Lab(count + 2);
    const hosts = this.lab.hosts;
    this.agents = hosts.slice(0, count);
    this.#publisher = this.lab.host(count);
    this.#switch = this.lab.host(count + 1);
    this.#switch.run("ip", "link", "add", "br0", "type", "bridge", "mcast_snooping", "0");
    this.#switch.run("ip", "link", "set", "br0", "up");
    for (const host of hosts.slice(0, -1)) {
      this.lab.link(host.index, this.#switch.index);
      this.#switch.run("ip", "link", "set", `e${host.index}`, "master", "br0");
      mkdirSync(host.home, { recursive: true });
      writeFileSync(join(host.home, "home.json"), '{"format":1}');
      writeFileSync(
        join(host.home, "config.json"),
        JSON.stringify({ healing: pace, quota: "1 GB" }),
      );
    }
  }

  /** Starts all agents, a few at a time, and waits until all see each other. */
  async start(limitMs: number): Promise<boolean> {
    for (let first = 0; first < this.agents.length; first += STARTED_AT_ONCE) {
      const group = this.agents.slice(first, first + STARTED_AT_ONCE);
      await Promise.all(group.map((host) => host.start()));
    }
    return (await waitUntil(() => this.#seeEachOther(), limitMs, 500)) !== undefined;
  }

  /** Puts an object from the publisher, waits until all of it lies with the agents, and ends it. */
  async publish(sizeBytes: number, n: number): Promise<Published> {
    const words = [resolve("bench/store/healing-publisher.mjs"), this.#publisher.home];
    const counts = [String(sizeBytes), String(n), String(this.agents.length)];
    const child = this.#publisher.spawn(process.execPath, [...words, ...counts], "pipe");
    let talk = "";
    child.stderr?.on("data", (chunk: Buffer) => {
      talk += chunk.toString();
    });
    const ended = new Promise<void>((done) => child.once("close", () => done()));
    const line = await new Promise<string>((done, fail) => {
      child.once("close", () => fail(new Error(`the publisher ended: ${talk}`)));
      if (child.stdout !== null) createInterface(child.stdout).once("line", done);
    });
    child.stdin?.end();
    await ended;
    return JSON.parse(line) as Published;
  }

  /** Fragments that each agent has now, in order; 0 for the dead. */
  async fragments(): Promise<number[]> {
    return (await this.#statuses()).map((status) => status?.store.fragmentCount ?? 0);
  }

  /** What they have and did. */
  async sums(): Promise<BedSums> {
    const sums = { fragments: 0, healed: 0, made: 0, healing: 0, sentBytes: 0 };
    for (const status of await this.#statuses()) {
      if (status === undefined) continue;
      const { fragmentCount, healing, sentBytes } = status.store;
      sums.sentBytes += sentBytes;
      sums.fragments += fragmentCount;
      sums.healed += healing.healed;
      sums.made += healing.made;
      sums.healing += healing.healing;
    }
    return sums;
  }

  /** Where the fragments are, as an agent finds out by asking all. */
  async health(host: Host, root: string): Promise<ObjectHealth> {
    return (await host.call("GET", `/v1/objects/${root}/health`)).json as ObjectHealth;
  }

  kill(host: Host): void {
    host.kill();
    this.#dead.add(host);
  }

  /** Agents that are up. */
  get living(): Host[] {
    return this.agents.filter((host) => !this.#dead.has(host));
  }

  /** Bytes that all hosts together have sent on the wire, with everything around them. */
  wireBytes(): number {
    let bytes = 0;
    for (const host of this.agents) {
      const path = `/sys/class/net/e${host.index}/statistics/rx_bytes`;
      bytes += Number(this.#switch.run("cat", path));
    }
    return bytes;
  }

  /** Whether these bytes stand anywhere in the homes of the agents that are up. */
  keepsAnywhere(hex: string): boolean {
    const wanted = Buffer.from(hex, "hex");
    return this.living.some((host) => holds(host.home, wanted));
  }

  /** The same for the publisher's home. */
  publisherKeeps(hex: string): boolean {
    return holds(this.#publisher.home, Buffer.from(hex, "hex"));
  }

  remove(): Promise<void> {
    return this.lab.remove();
  }

  async #statuses(): Promise<(StatusBody | undefined)[]> {
    const asked = this.agents.map(async (host) =>
      this.#dead.has(host) ? undefined : await statusOf(host),
    );
    return Promise.all(asked);
  }

  async #seeEachOther(): Promise<boolean> {
    const others = this.agents.length - 1;
    return (await this.#statuses()).every((status) => status?.reachableCount === others);
  }
}

function holds(folder: string, wanted: Buffer): boolean {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    const stat = statSync(path);
    if (stat.isDirectory() ? holds(path, wanted) : readFileSync(path).includes(wanted)) return true;
  }
  return false;
}
