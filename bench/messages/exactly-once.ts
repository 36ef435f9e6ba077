import { createSocket } from "node:dgram";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PeerProcess, pause, until } from "../../test/cli/peer-process.ts";
import { Client } from "../../test/crash/client.ts";
import { Dice } from "../../test/crash/dice.ts";
import { allMessages } from "../../test/crash/village.ts";
import { type BenchOptions, type BenchRow, benchRow } from "../row.ts";
import { Wire } from "./wire.ts";

const SEED = "exactly once 1";
/** Loss on every wire, and the share of time for which it is up. */
const LOSS = 0.2;
const UP = 0.25;
/** How long a wire stays as it is, on average. */
const MEAN_MS = 2_000;

interface Scale {
  readonly processes: number;
  readonly stormMs: number;
  readonly calmMs: number;
  readonly meetMs: number;
}

const REDUCED: Scale = { processes: 6, stormMs: 60_000, calmMs: 180_000, meetMs: 60_000 };
const FULL: Scale = { processes: 30, stormMs: 600_000, calmMs: 1_200_000, meetMs: 300_000 };

/** Two people at different places of the chain who write to each other. */
interface Talk {
  readonly one: Client;
  readonly other: Client;
}

/** The first UDP port that is tried: below those that the system gives out by itself. */
const FIRST_PORT = 21_000;

/** Ports that nobody has, and that no socket of another process gets by chance until they are taken. */
async function freeUdpPorts(count: number): Promise<readonly number[]> {
  const ports: number[] = [];
  for (let port = FIRST_PORT; ports.length < count; port++) {
    if (await isFree(port)) ports.push(port);
  }
  return ports;
}

function isFree(port: number): Promise<boolean> {
  return new Promise((done) => {
    const socket = createSocket("udp4");
    socket.once("error", () => done(false));
    socket.bind(port, () => socket.close(() => done(true)));
  });
}

/** Real processes in a chain of lossy wires. */
class Chain {
  readonly folder: string = mkdtempSync(join(tmpdir(), "peernet-chain-"));
  readonly peers: PeerProcess[] = [];
  readonly wires: Wire[] = [];
  readonly clients: Client[] = [];

  async open({ processes }: Scale, dice: Dice): Promise<void> {
    const ports = await freeUdpPorts(processes);
    for (const [place, port] of ports.entries()) {
      const words = ["--no-discovery", "--udp-port", `${port}`, "--name", `p${place}`];
      const before = ports[place - 1];
      if (before !== undefined) {
        const wire = await Wire.open(before, () => dice.next());
        this.wires.push(wire);
        words.push("--link", `udp://127.0.0.1:${wire.port}`);
      }
      const peer = new PeerProcess(join(this.folder, `p${place}`), words);
      this.peers.push(peer);
      this.clients.push(new Client(`p${place}`, peer, new Dice(`${SEED} ${place}`)));
    }
    await Promise.all(this.peers.map((peer) => peer.start()));
  }

  async close(): Promise<void> {
    await Promise.all(this.peers.map((peer) => peer.end("SIGKILL")));
    for (const wire of this.wires) wire.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

async function meet({ one, other }: Talk, limitMs: number): Promise<boolean> {
  const { link } = await one.peer.client.createInvite(false);
  await other.peer.client.addContact(link, one.label);
  return until(async () => {
    const lists = await Promise.all([one.peer.client.contacts(), other.peer.client.contacts()]);
    return lists.every(([contact]) => contact?.state === "met");
  }, limitMs);
}

/** Wires go up and down, processes are killed and started again, and everybody writes. */
async function storm(chain: Chain, talks: readonly Talk[], dice: Dice, stormMs: number) {
  const counts = { kills: 0 };
  const endMs = performance.now() + stormMs;
  const isOver = (): boolean => performance.now() >= endMs;
  const flapping = chain.wires.map(async (wire) => {
    while (!isOver()) {
      wire.isUp = dice.next() < UP;
      await pause(MEAN_MS * (0.5 + dice.next()));
    }
  });
  const writing = talks.flatMap(({ one, other }) =>
    (
      [
        [one, other],
        [other, one],
      ] as const
    ).map(async ([from, to]) => {
      while (!isOver()) {
        if (from.peer.isAlive) await from.send(to.label);
        await pause(200 + dice.below(600));
      }
    }),
  );
  const killing = (async () => {
    while (!isOver()) {
      await pause(1_000 + dice.below(2_000));
      const victim = dice.pick(chain.peers);
      await victim.kill();
      counts.kills++;
      await victim.start();
    }
  })();
  await Promise.all([...flapping, ...writing, killing]);
  return counts;
}

/** What is wrong with one direction of a conversation: nothing, or there is a defect. */
async function faultsOf(from: Client, to: Client): Promise<readonly string[]> {
  const there = (await allMessages(to.peer, from.label, "in")).map(({ text }) => text);
  const places = new Map(from.messages.map(({ text }, place) => [text, place]));
  const order = there.map((text) => places.get(text) ?? -1);
  const faults: string[] = [];
  if (order.includes(-1)) faults.push("a message came that nobody sent");
  if (new Set(order).size < order.length) faults.push("a message came twice");
  if (order.some((place, at) => at > 0 && place < (order[at - 1] ?? 0)))
    faults.push("out of order");
  const received = new Set(there);
  const lost = from.messages.filter(({ id, text }) => id !== undefined && !received.has(text));
  if (lost.length > 0) faults.push(`${lost.length} acknowledged messages are lost`);
  return faults.map((fault) => `${from.label} to ${to.label}: ${fault}`);
}

/**
 * Processes in a chain, with wires that lose a fifth of all packets and are up a quarter of the time,
 * killed at random moments: how many directions of conversations break the promise that every
 * acknowledged message arrives exactly once, in order. 6 processes for a minute; with --full 30 for ten.
 */
export async function run({ full }: BenchOptions): Promise<BenchRow[]> {
  const scale = full ? FULL : REDUCED;
  const dice = new Dice(SEED);
  const chain = new Chain();
  try {
    await chain.open(scale, dice);
    const half = scale.processes / 2;
    const talks = chain.clients.slice(0, half).flatMap((one, at): Talk[] => {
      const other = chain.clients[scale.processes - 1 - at];
      return other === undefined ? [] : [{ one, other }];
    });
    const met = await Promise.all(talks.map((talk) => meet(talk, scale.meetMs)));
    if (met.includes(false)) throw new RangeError("not everybody has met before the storm");
    for (const wire of chain.wires) wire.loss = LOSS;
    const { kills } = await storm(chain, talks, dice, scale.stormMs);
    for (const wire of chain.wires) wire.heal();
    const calm = await until(
      async () => {
        const all = await Promise.all(chain.peers.map((peer) => peer.client.status()));
        return all.every(({ messagesWaiting }) => messagesWaiting === 0);
      },
      scale.calmMs,
      500,
    );
    const faults: string[] = calm ? [] : ["messages still wait after the storm"];
    for (const { one, other } of talks) {
      faults.push(...(await faultsOf(one, other)), ...(await faultsOf(other, one)));
    }
    const sent = chain.clients.flatMap(({ messages }) => messages);
    const kept = sent.filter(({ id }) => id !== undefined).length;
    const note = `${scale.processes} processes, ${kills} kills, ${kept} of ${sent.length} messages acknowledged${faults.length > 0 ? `; ${faults.join("; ")}` : ""}`;
    const row = benchRow("messages.exactly-once.faults", faults.length, "");
    return [{ ...row, note, reduced: !full }];
  } finally {
    await chain.close();
  }
}
