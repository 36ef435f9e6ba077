import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { CHILD } from "./role.ts";
import type { Order, Report } from "./stream-child.ts";

/** How a peer process is started. */
export interface StreamPeerOptions {
  /** The network namespace it runs in; absent: this one. */
  readonly namespace?: string;
  /** Words for Node itself. */
  readonly nodeWords?: readonly string[];
}

/** A peer in a process of its own: link, routing and sessions over real sockets. */
export class StreamPeer {
  readonly process: ChildProcess;
  id = "";
  udpPort = 0;
  tcpPort = 0;
  reachable: readonly string[] = [];
  /** Who waits for which report; several may come in one turn. */
  #waiting: { readonly kind: Report["kind"]; readonly resolve: (report: Report) => void }[] = [];

  constructor({ namespace, nodeWords = [] }: StreamPeerOptions = {}) {
    const profile = process.env["PEERNET_BENCH_PROF"];
    const profiled = profile === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${profile}`];
    const there = namespace === undefined ? [] : ["ip", "netns", "exec", namespace];
    const bundle = fileURLToPath(import.meta.url);
    const words = [...there, process.execPath, ...profiled, ...nodeWords, bundle];
    this.process = spawn(words[0] ?? "", words.slice(1), {
      env: { ...process.env, [CHILD]: "stream" },
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
    this.process.on("message", (report: Report) => {
      if (report.kind === "ready") Object.assign(this, report);
      if (report.kind === "reachable") this.reachable = report.ids;
      const done = this.#waiting.filter(({ kind }) => kind === report.kind);
      this.#waiting = this.#waiting.filter(({ kind }) => kind !== report.kind);
      for (const { resolve } of done) resolve(report);
    });
  }

  order(order: Order): void {
    this.process.send(order);
  }

  /** The next report of a kind. */
  hear<K extends Report["kind"]>(kind: K): Promise<Extract<Report, { kind: K }>> {
    return new Promise((done) => {
      const resolve = (report: Report): void => done(report as Extract<Report, { kind: K }>);
      this.#waiting.push({ kind, resolve });
    });
  }

  /** Orders and hears the report of the same kind. */
  ask<K extends "usage" | "received" | "heap">(kind: K): Promise<Extract<Report, { kind: K }>> {
    const heard = this.hear(kind);
    this.order({ kind });
    return heard;
  }

  async cpuUs(): Promise<number> {
    return (await this.ask("usage")).cpuUs;
  }

  /** Waits until it reaches another. */
  async reaches(other: StreamPeer): Promise<void> {
    while (!this.reachable.includes(other.id)) await this.hear("reachable");
  }

  /** Sends so many bytes in one stream; MB/s until the far end has said that it has them all. */
  async sendTo(other: StreamPeer, bytes: number): Promise<number> {
    const sent = this.hear("sent");
    this.order({ kind: "send", to: other.id, bytes });
    return bytes / 1_000 / (await sent).ms;
  }

  /** It ends as soon as it hears that nobody orders any more. */
  end(): void {
    if (this.process.connected) this.process.disconnect();
  }
}

/**
 * Peers in a row, linked over loopback, the first of which reaches the last.
 * @param optionsOf how the peer at an index is started
 */
export async function startStreamChain(
  hops: number,
  scheme: "udp" | "tcp",
  optionsOf: (index: number) => StreamPeerOptions = () => ({}),
): Promise<readonly StreamPeer[]> {
  const peers = Array.from({ length: hops + 1 }, (_, index) => new StreamPeer(optionsOf(index)));
  await Promise.all(peers.map((peer) => peer.hear("ready")));
  for (const [index, peer] of peers.entries()) {
    const next = peers[index + 1];
    if (next === undefined) continue;
    const port = scheme === "udp" ? next.udpPort : next.tcpPort;
    peer.order({ kind: "link", endpoint: `${scheme}://127.0.0.1:${port}` });
  }
  const [first, last] = [peers[0], peers[hops]];
  if (first !== undefined && last !== undefined) await first.reaches(last);
  return peers;
}
