import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { freePort, MAIN, PeerProcess, peernet, until } from "./peer-process.ts";

const LIMIT_MS = 60_000;
/** What stands in place of a message that did not open. */
const UNREADABLE = /could not be read|newer Peernet/;

/** What came of a person who lost devices and came back. */
export interface ComeBack {
  /** Contacts with whom messages went both ways afterwards. */
  readonly talking: number;
  /** Messages that could not be read, on all devices that run. */
  readonly unreadable: number;
  /** Milliseconds from the beginning of the restore until the last contact had answered. */
  readonly tookMs: number;
}

/** How the scenario is played. */
export interface ScenarioOptions {
  readonly folder: string;
  readonly friends: readonly string[];
  readonly need: number;
}

/** What came of both ways back. */
export interface ScenarioOutcome {
  readonly byWords: ComeBack;
  readonly byFriends: ComeBack;
  /** What a contact was told of Anna's devices. */
  readonly news: readonly string[];
}

/** Anna has three devices and some friends, loses two, comes back, and again: all real processes. */
export class RecoveryScenario {
  readonly #options: ScenarioOptions;
  readonly #friends = new Map<string, PeerProcess>();
  readonly #annas = new Map<string, PeerProcess>();
  #hub = "";
  #round = 0;

  constructor(options: ScenarioOptions) {
    this.#options = options;
  }

  async play(): Promise<ScenarioOutcome> {
    const words = await this.#begin();
    await this.#annas.get("laptop")?.kill();
    await this.#annas.get("phone")?.kill();
    const byWords = await this.#comeBack("by-words", ["laptop", "phone"], async (home) => {
      const { code, stderr } = await peernet([
        "restore",
        ...words,
        "--name",
        "new",
        "--home",
        home,
      ]);
      if (code !== 0) throw new Error(stderr);
    });
    await this.#annas.get("tablet")?.kill();
    await this.#annas.get("by-words")?.kill();
    const byFriends = await this.#comeBack("by-friends", ["tablet", "new"], (home) =>
      this.#restoreByFriends(home),
    );
    const [first] = this.#friends.values();
    const { news } = (await first?.client.devices.list("anna")) ?? { news: [] };
    return { byWords, byFriends, news: news.map(({ text }) => text) };
  }

  /** Ends all processes. */
  async end(): Promise<void> {
    for (const peer of [...this.#friends.values(), ...this.#annas.values()]) await peer.kill();
  }

  async #begin(): Promise<readonly string[]> {
    const port = await freePort();
    this.#hub = `tcp://127.0.0.1:${port}`;
    const [first = "", ...others] = this.#options.friends;
    const hub = await this.#start(this.#friends, first, ["--listen", this.#hub]);
    for (const name of others) await this.#start(this.#friends, name);
    const laptop = await this.#start(this.#annas, "laptop", [], "laptop");
    const { recoveryWords } = laptop.up;
    // The last friend is met by the phone, which holds no words.
    const last = this.#options.friends.at(-1);
    for (const [name, friend] of this.#friends) if (name !== last) await this.#meet(laptop, friend);
    const phone = await this.#join(laptop, "phone");
    await this.#join(laptop, "tablet");
    for (const [name, friend] of this.#friends) if (name === last) await this.#meet(phone, friend);
    await this.#waitFor("all devices know all friends", async () => {
      const known = await Promise.all([...this.#annas.values()].map((peer) => metOf(peer)));
      return known.every((count) => count === this.#friends.size);
    });
    await this.#waitFor("friends know all devices", async () => {
      const lists = await Promise.all(
        [...this.#friends.values()].map((friend) => friend.client.devices.list("anna")),
      );
      return lists.every(({ devices }) => devices.length === 3);
    });
    const { client } = laptop;
    await client.devices.shareRecovery(this.#options.friends, this.#options.need);
    await this.#waitFor("all friends keep a share", async () => {
      const { friends } = await client.devices.recovery();
      return friends.every(({ keepers }) => keepers > 0);
    });
    await this.#talk([laptop, phone], "before");
    if (hub.up.peerId === "") throw new Error("the hub runs");
    return recoveryWords ?? [];
  }

  async #comeBack(
    device: string,
    lost: readonly string[],
    restore: (home: string) => Promise<void>,
  ): Promise<ComeBack> {
    const beganMs = performance.now();
    await restore(join(this.#options.folder, device));
    const back = await this.#start(this.#annas, device);
    await this.#waitFor(
      "all friends are contacts again",
      async () => (await metOf(back)) === this.#friends.size,
    );
    await this.#waitFor("the log came back", async () => {
      const { devices } = await back.client.devices.list();
      return lost.every((name) => devices.some((one) => one.name === name));
    });
    for (const name of lost) await back.client.devices.revoke(name);
    await this.#waitFor("friends have heard of it", async () => {
      const lists = await Promise.all(
        [...this.#friends.values()].map((friend) => friend.client.devices.list("anna")),
      );
      return lists.every(({ devices }) =>
        lost.every((name) => devices.some((one) => one.name === name && one.state === "revoked")),
      );
    });
    const talking = await this.#talk([back], `after ${++this.#round}`);
    const tookMs = performance.now() - beganMs;
    return { talking, unreadable: await this.#unreadable(), tookMs };
  }

  /** Every friend writes to Anna, and every one of these devices of hers to every friend. */
  async #talk(annas: readonly PeerProcess[], text: string): Promise<number> {
    const sent: { readonly peer: PeerProcess; readonly id: string }[] = [];
    for (const [name, friend] of this.#friends) {
      const message = await friend.client.sendMessage("anna", `${text}, from ${name}`);
      sent.push({ peer: friend, id: message.id });
      for (const anna of annas) {
        const { contacts } = { contacts: await anna.client.contacts() };
        const theirs = contacts.find(({ personId }) => personId === personIdOf(friend));
        if (theirs === undefined) continue;
        const answer = await anna.client.sendMessage(theirs.personId, `${text}, to ${name}`);
        sent.push({ peer: anna, id: answer.id });
      }
    }
    let talking = 0;
    for (const [name, friend] of this.#friends) {
      const both = await until(async () => {
        const theirs = await friend.client.messages({ with: "anna", limit: 200 });
        const heard = annas.every(() =>
          theirs.messages.some(
            (one) => one.direction === "in" && one.text === `${text}, to ${name}`,
          ),
        );
        const own = await Promise.all(
          annas.map((anna) => anna.client.messages({ with: personIdOf(friend), limit: 200 })),
        );
        const wasHeard = own.every(({ messages }) =>
          messages.some((one) => one.direction === "in" && one.text === `${text}, from ${name}`),
        );
        return heard && wasHeard;
      }, LIMIT_MS);
      if (both) talking++;
    }
    return talking;
  }

  async #unreadable(): Promise<number> {
    let count = 0;
    for (const peer of [...this.#friends.values(), ...this.#annas.values()]) {
      if (!peer.isAlive) continue;
      const { messages } = await peer.client.messages({ limit: 500 });
      count += messages.filter(({ text }) => UNREADABLE.test(text)).length;
    }
    return count;
  }

  async #restoreByFriends(home: string): Promise<void> {
    const asking = new Asking(home, this.#hub);
    const { link } = await asking.line<{ readonly link: string }>((one) => "link" in one);
    const helping = [...this.#friends].slice(0, this.#options.need);
    for (const [at, [name, friend]] of helping.entries()) {
      await friend.client.devices.approve(link, "anna");
      await this.#waitFor("the words are there", async () => {
        const { approval } = await friend.client.devices.recovery();
        return approval.state === "comparing";
      });
      const { words } = await asking.line<{ readonly words: readonly string[] }>(
        (one) => one["name"] === name,
      );
      await friend.client.devices.approveWords(words);
      await this.#waitFor("the share is given", async () => {
        const { approval } = await friend.client.devices.recovery();
        return approval.state === "done";
      });
      const counted = { name, have: at + 1, need: this.#options.need };
      await asking.line((one) => JSON.stringify(one["share"]) === JSON.stringify(counted));
    }
    await asking.ended();
  }

  async #meet(host: PeerProcess, guest: PeerProcess): Promise<void> {
    const { link } = await host.client.createInvite(false);
    await guest.client.addContact(link, "anna");
    await this.#waitFor("two people have met", async () =>
      (await guest.client.contacts()).some((one) => one.state === "met"),
    );
  }

  async #join(standing: PeerProcess, name: string): Promise<PeerProcess> {
    const { link } = await standing.client.devices.openAdding(false);
    const home = join(this.#options.folder, name);
    const { code, stderr } = await peernet([
      ...["device", "join", link, "--name", name, "--home", home],
      ...["--no-discovery", "--link", this.#hub, "--listen", "tcp://127.0.0.1:0"],
    ]);
    if (code !== 0) throw new Error(stderr);
    return this.#start(this.#annas, name);
  }

  async #start(
    group: Map<string, PeerProcess>,
    name: string,
    more: readonly string[] = ["--link", this.#hub],
    called?: string,
  ): Promise<PeerProcess> {
    const isFriend = group === this.#friends;
    const words = ["--no-discovery", ...(isFriend || called ? ["--name", called ?? name] : [])];
    const linked = more.length === 0 ? ["--link", this.#hub] : more;
    const peer = new PeerProcess(join(this.#options.folder, name), [...words, ...linked]);
    await peer.start();
    group.set(name, peer);
    people.set(peer, (await peer.client.status()).personId);
    return peer;
  }

  async #waitFor(what: string, condition: () => Promise<boolean>): Promise<void> {
    if (!(await until(condition, LIMIT_MS, 200))) throw new Error(`It never came to be: ${what}.`);
  }
}

const people = new WeakMap<PeerProcess, string>();

function personIdOf(peer: PeerProcess): string {
  return people.get(peer) ?? "";
}

async function metOf(peer: PeerProcess): Promise<number> {
  const contacts = await peer.client.contacts();
  return contacts.filter(({ state }) => state === "met").length;
}

/** `peernet restore --friends` in a process of its own, and what it prints. */
class Asking {
  readonly #child: ChildProcess;
  readonly #lines: Record<string, unknown>[] = [];
  readonly #ended: Promise<number | null>;
  #talk = "";

  constructor(home: string, hub: string) {
    const words = ["restore", "--friends", "--json", "--name", "back", "--home", home];
    const links = ["--no-discovery", "--link", hub, "--listen", "tcp://127.0.0.1:0"];
    this.#child = spawn(process.execPath, [MAIN, ...words, ...links], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#child.stderr?.on("data", (text: Buffer) => {
      this.#talk += text.toString();
    });
    if (this.#child.stdout !== null) {
      createInterface(this.#child.stdout).on("line", (line) =>
        this.#lines.push(JSON.parse(line) as Record<string, unknown>),
      );
    }
    this.#ended = new Promise((done) => this.#child.once("exit", done));
  }

  async line<T>(fits: (line: Readonly<Record<string, unknown>>) => boolean): Promise<T> {
    if (!(await until(() => this.#lines.some(fits), LIMIT_MS))) {
      this.#child.kill("SIGKILL");
      throw new Error(`the restore said nothing of use: ${this.#talk}`);
    }
    return this.#lines.find(fits) as T;
  }

  async ended(): Promise<void> {
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), LIMIT_MS);
    const code = await this.#ended;
    clearTimeout(timer);
    if (code !== 0) throw new Error(`the restore ended with ${code}: ${this.#talk}`);
  }
}
