import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openBlockStore } from "../../src/adapters/node/blocks.ts";
import type { MessageBody } from "../../src/api/client/index.ts";
import { freePort, PeerProcess, until } from "../cli/peer-process.ts";

/** Log lines that tell of lost or damaged data; a kill alone must never bring one about. */
const DAMAGE = /damaged|blocks are missing|left out|defect|api call failed/;

/** Peers on loopback, each dialling all others on ports that stay. */
export class Village {
  readonly folder: string = mkdtempSync(join(tmpdir(), "peernet-crash-"));
  readonly peers: PeerProcess[] = [];

  /** Makes `count` peers; none runs yet. */
  async settle(count: number): Promise<void> {
    const ports = await Promise.all(Array.from({ length: count }, freePort));
    for (const [index, port] of ports.entries()) {
      const others = ports.filter((other) => other !== port);
      const links = others.flatMap((other) => ["--link", `tcp://127.0.0.1:${other}`]);
      const words = ["--no-discovery", "--listen", `tcp://127.0.0.1:${port}`, ...links];
      this.peers.push(new PeerProcess(join(this.folder, `peer${index}`), words));
    }
  }

  async startAll(): Promise<void> {
    await Promise.all(this.peers.map((peer) => (peer.isAlive ? undefined : peer.start())));
  }

  /** Whether everybody reaches everybody. */
  allInReach(limitMs: number): Promise<boolean> {
    return until(async () => {
      const all = await Promise.all(this.peers.map((peer) => peer.client.status()));
      return all.every((status) => status.reachableCount === this.peers.length - 1);
    }, limitMs);
  }

  /** What is wrong with the homes after all processes have ended. */
  async damages(): Promise<readonly string[]> {
    const found: string[] = [];
    for (const { home } of this.peers) {
      for (const name of readdirSync(home, { recursive: true, encoding: "utf8" })) {
        if (/\.(tmp|partial|new)$/.test(name)) found.push(`${home}: leftover ${name}`);
      }
      const log = join(home, "peernet.log");
      for (const line of readLines(log)) if (DAMAGE.test(line)) found.push(`${home}: ${line}`);
      const blocks = await openBlockStore(join(home, "blocks"));
      for (const key of blocks.keys("")) {
        const block = await new Promise((done) => blocks.get(key, (_error, value) => done(value)));
        if (block === null) found.push(`${home}: block ${key} cannot be read`);
      }
      // A kill may cut a write short, and nobody was told that it is done; more it may not do.
      const damages = blocks.damage().filter(({ kind }) => kind === "damaged");
      found.push(...damages.map((damage) => `${home}: ${JSON.stringify(damage)}`));
      await blocks.close();
    }
    return found;
  }

  async remove(): Promise<void> {
    await Promise.all(this.peers.map((peer) => peer.end("SIGKILL")));
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function readLines(file: string): readonly string[] {
  try {
    return readFileSync(file, "utf8").split("\n");
  } catch {
    return [];
  }
}

/** All messages of one direction with somebody, in the order in which the peer tells them. */
export async function allMessages(
  peer: PeerProcess,
  who: string,
  direction: "in" | "out",
): Promise<readonly MessageBody[]> {
  const found: MessageBody[] = [];
  let after = "0"; // without it a peer answers with the newest page
  for (;;) {
    const { messages } = await peer.client.messages({ with: who, limit: 500, after });
    found.push(...messages);
    const last = messages.at(-1);
    if (last === undefined) break;
    after = last.id;
  }
  return found.filter((message) => message.direction === direction);
}

/** Two peers become each other's contacts under these names. */
export async function meet(
  host: PeerProcess,
  hostName: string,
  guest: PeerProcess,
  guestName: string,
): Promise<boolean> {
  const { link } = await host.client.createInvite();
  await guest.client.addContact(link, hostName);
  return until(async () => {
    const [known, back] = await Promise.all([host.client.contacts(), guest.client.contacts()]);
    const guestThere = known.some((contact) => contact.state === "met");
    return guestThere && back.some((contact) => contact.state === "met");
  }, 20_000).then(async (met) => {
    const name = (await host.client.contacts())[0]?.petname;
    return met && name === guestName;
  });
}
