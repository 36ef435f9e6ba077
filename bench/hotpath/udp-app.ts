import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { createUdpTransport } from "../../src/adapters/node/udp.ts";
import type { Host } from "../../test/netns/lab.ts";
import { pause } from "../routing/netns-rig.ts";
import { CHILD } from "./role.ts";

/** Bytes of a datagram, as of iperf3's. */
const DATAGRAM_BYTES = 1_200;
/** Sent in one turn: some calls of as many as the system takes with one. */
const DATAGRAMS_PER_TURN = 256;
/** What is under way when the sender ends has come by then. */
const SETTLE_MS = 300;
/** Where a process finds the port that it listens on. */
const PORT = "PEERNET_BENCH_PORT";

/** What a process is told: to flood an address for so long, or to say what has come. */
type UdpOrder = { readonly to: string; readonly forMs: number } | "count";

/** The life of one end of a program that, as those of HTTP/3 do, sends many datagrams with one call and reads many with one. */
export async function runUdpApp(): Promise<void> {
  let came = 0;
  const nothing = (): void => undefined;
  const transport = await createUdpTransport({
    ...{ port: Number(process.env[PORT]), discovery: false, onWarning: nothing },
    events: {
      ...{ onOpened: nothing, onClosed: nothing, onUnreachable: nothing },
      onFrame: () => void came++,
    },
  });
  if (transport.reusesFrames !== true) {
    console.error("without native calls each datagram takes a call of its own");
    process.exit(1);
  }
  const datagram = new Uint8Array(DATAGRAM_BYTES).fill(7);
  process.on("message", (order: UdpOrder) => {
    if (order === "count") {
      process.send?.({ came });
      return;
    }
    const endMs = performance.now() + order.forMs;
    const turn = (): void => {
      for (let i = 0; i < DATAGRAMS_PER_TURN; i++) transport.send(order.to, datagram);
      if (performance.now() < endMs) setImmediate(turn);
    };
    turn();
  });
  process.on("disconnect", () => process.exit(0));
  process.send?.({ came });
}

/** One end of it, in a process and a network namespace of its own. */
class UdpApp {
  readonly #process: ChildProcess;

  constructor(host: Host, port: number) {
    const bundle = fileURLToPath(import.meta.url);
    this.#process = spawn("ip", ["netns", "exec", host.namespace, process.execPath, bundle], {
      env: { ...process.env, [CHILD]: "udp-app", [PORT]: String(port) },
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
  }

  order(order: UdpOrder): void {
    this.#process.send(order);
  }

  /**
   * What it says next: how many datagrams have come so far.
   * @throws RangeError where it has ended
   */
  came(): Promise<number> {
    return new Promise((resolve, reject) => {
      const onExit = (): void => reject(new RangeError("an end of the UDP program ended"));
      this.#process.once("exit", onExit);
      this.#process.once("message", (report: { readonly came: number }) => {
        this.#process.off("exit", onExit);
        resolve(report.came);
      });
    });
  }

  end(): void {
    this.#process.kill();
  }
}

/** Datagrams of 1,200 bytes that arrive at an address of `to` per second, sent there by `from` as fast as it can. */
export async function segmentedUdpRate(
  [from, to]: readonly [Host, Host],
  address: string,
  port: number,
  { warmMs, forMs }: { readonly warmMs: number; readonly forMs: number },
): Promise<number> {
  const [sender, receiver] = [new UdpApp(from, 0), new UdpApp(to, port)];
  try {
    await Promise.all([sender.came(), receiver.came()]);
    const endpoint = `udp://${address.includes(":") ? `[${address}]` : address}:${port}`;
    const flood = async (ms: number): Promise<number> => {
      sender.order({ to: endpoint, forMs: ms });
      await pause(ms + SETTLE_MS);
      receiver.order("count");
      return receiver.came();
    };
    const before = await flood(warmMs);
    return (((await flood(forMs)) - before) * 1_000) / forMs;
  } finally {
    sender.end();
    receiver.end();
  }
}
