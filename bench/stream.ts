import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { type Order, type Report, runChild } from "./hotpath/stream-child.ts";
import { type BenchOptions, type BenchRow, benchRow, median } from "./row.ts";

const CHILD = "PEERNET_BENCH_CHILD";
if (process.env[CHILD] === "stream") void runChild();

const BYTES = Number(process.env["PEERNET_BENCH_MB"] ?? 64) << 20;
const ROUNDS = Number(process.env["PEERNET_BENCH_ROUNDS"] ?? 3);

class Child {
  readonly process: ChildProcess;
  id = "";
  udpPort = 0;
  tcpPort = 0;
  reachable: readonly string[] = [];
  /** Who waits for which report; several may come in one turn. */
  #waiting: { readonly kind: Report["kind"]; readonly resolve: (report: Report) => void }[] = [];

  constructor() {
    const profile = process.env["PEERNET_BENCH_PROF"];
    const execArgv = profile === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${profile}`];
    this.process = fork(fileURLToPath(import.meta.url), {
      env: { ...process.env, [CHILD]: "stream" },
      execArgv,
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

  async cpuUs(): Promise<number> {
    const heard = this.hear("usage");
    this.order({ kind: "usage" });
    return (await heard).cpuUs;
  }
}

async function startChain(hops: number, scheme: "udp" | "tcp"): Promise<Child[]> {
  const children = Array.from({ length: hops + 1 }, () => new Child());
  await Promise.all(children.map((child) => child.hear("ready")));
  for (let i = 0; i < hops; i++) {
    const next = children[i + 1];
    const port = scheme === "udp" ? next?.udpPort : next?.tcpPort;
    children[i]?.order({ kind: "link", endpoint: `${scheme}://127.0.0.1:${port}` });
  }
  const [first, last] = [children[0], children[hops]];
  while (first && last && !first.reachable.includes(last.id)) await first.hear("reachable");
  return children;
}

async function measure(hops: number, scheme: "udp" | "tcp"): Promise<BenchRow[]> {
  const children = await startChain(hops, scheme);
  const [first, last] = [children[0], children.at(-1)];
  if (first === undefined || last === undefined) return [];
  const rates: number[] = [];
  const cpu: number[][] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const before = await Promise.all(children.map((child) => child.cpuUs()));
    const sent = first.hear("sent");
    first.order({ kind: "send", to: last.id, bytes: BYTES });
    rates.push(BYTES / 1_000 / (await sent).ms);
    const after = await Promise.all(children.map((child) => child.cpuUs()));
    cpu.push(after.map((us, i) => (us - (before[i] ?? 0)) / (BYTES / 1e6)));
  }
  const relays = cpu.flatMap((of) => of.slice(1, -1));
  for (const child of children) child.process.disconnect();
  const name = `stream.${scheme}.hops${hops}`;
  return [
    benchRow(`${name}.MBps`, median(rates), "MB/s"),
    benchRow(`${name}.send.cpu`, median(cpu.map((of) => of[0] ?? 0)), "us/MB"),
    benchRow(`${name}.receive.cpu`, median(cpu.map((of) => of.at(-1) ?? 0)), "us/MB"),
    ...(hops > 1 ? [benchRow(`${name}.relay.cpu`, median(relays), "us/MB")] : []),
  ];
}

/** Bytes of one stream between processes on this machine, and the processor time they take. */
export async function run(_: BenchOptions): Promise<BenchRow[]> {
  const rows: BenchRow[] = [];
  for (const scheme of ["udp", "tcp"] as const) {
    for (const hops of [1, 3]) rows.push(...(await measure(hops, scheme)));
  }
  return rows;
}
