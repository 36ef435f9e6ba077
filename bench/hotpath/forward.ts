import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Host, Lab } from "../../test/netns/lab.ts";
import { installedPackage } from "../rivals/debian.ts";
import { chainOf, inLab } from "../routing/netns-rig.ts";
import { type BenchOptions, type BenchRival, type BenchRow, benchRow, median } from "../row.ts";
import { startContacts } from "./carriers.ts";
import { cpuSeconds, IPERF_PORT, iperf, receivedMbps, serveIperf } from "./tools.ts";

/** Where programs of the first host connect to; the same for both. */
const LOCAL_PORT = 8_080;
const SSH_PORT = 2_222;
/** Both ways together: code has to be compiled first. */
const WARM_SECONDS = 24;
const CIPHER_USUAL = "chacha20-poly1305@openssh.com";
const CIPHER_QUICK = "aes128-gcm@openssh.com";

/** One way of leading a port of this machine to another, without root. */
interface Forwarder {
  readonly name: string;
  /** Leads from host 0 to iperf3 on host 1. */
  readonly start: (lab: Lab) => Promise<void>;
  /** The processes whose time counts. */
  readonly pids: (lab: Lab) => readonly number[];
}

const PEERNET: Forwarder = {
  name: "peernet",
  start: async (lab) => {
    const [first, last] = await startContacts(lab);
    last.peernet("serve", String(IPERF_PORT), "--to", "host0");
    first.peernet("forward", `${LOCAL_PORT}:last:${IPERF_PORT}`);
  },
  pids: (lab) => lab.hosts.map((host) => host.up.pid),
};

interface Figures {
  /** Mbit/s to the far end, and from it. */
  readonly out: number;
  readonly back: number;
  /** Processor time of both ends for a gigabyte, in seconds. */
  readonly cpu: number;
}

/**
 * A port of one machine that leads to a program on another, over one cable and without root or an interface, against
 * the port that `ssh -L` leads there, with its usual cipher and with the one that is quick on most processors. OpenSSH's
 * server is used where it is installed: to install it would start one for the whole machine.
 */
export async function forwardRows({ full }: BenchOptions): Promise<BenchRow[]> {
  const ssh = installedPackage("openssh-client") && installedPackage("openssh-server");
  const rivals = [sshForwarder(CIPHER_USUAL), sshForwarder(CIPHER_QUICK)];
  const forwarders = [PEERNET, ...(ssh ? rivals : [])];
  const found = new Map<string, Figures[]>();
  const rounds = full ? 5 : 3;
  for (let round = 0; round < rounds; round++) {
    for (const forwarder of forwarders) {
      const figures = await measure(forwarder, full ? 10 : 5);
      found.set(forwarder.name, [...(found.get(forwarder.name) ?? []), ...figures]);
    }
  }
  const middle = (name: string, key: keyof Figures): number | null =>
    median((found.get(name) ?? []).map((figures) => figures[key]));
  const row = (id: string, key: keyof Figures, unit: string): BenchRow => {
    const note = ssh ? `OpenSSH ${ssh}` : "openssh-client and openssh-server are not installed";
    const others = rivals.map(({ name }): BenchRival => ({ name, value: middle(name, key), note }));
    return benchRow(`hotpath.forward.${id}`, middle("peernet", key), unit, others);
  };
  const counted = forwarders.map(({ name }) => found.get(name)?.length ?? 0).join(", ");
  const note = `iperf3 through a forwarded port over one cable, either way in turn, warm; middle of ${counted} of ${rounds} rounds`;
  return [
    row("Mbps", "out", "Mbit/s"),
    row("back.Mbps", "back", "Mbit/s"),
    row("cpu.per-GB.s", "cpu", "s"),
  ].map((one) => ({ ...one, note }));
}

async function measure(forwarder: Forwarder, seconds: number): Promise<Figures[]> {
  try {
    return [await inLab(2, chainOf(2), (lab) => measureIn(lab, forwarder, seconds), true)];
  } catch (error) {
    console.error(`forward by ${forwarder.name}: ${String(error)}`);
    return [];
  }
}

async function measureIn(
  lab: Lab,
  { name, start, pids: pidsOf }: Forwarder,
  seconds: number,
): Promise<Figures> {
  const [first, last] = [lab.host(0), lab.host(1)];
  await serveIperf(last);
  await start(lab);
  const run = async (...words: string[]) => iperf(first, "127.0.0.1", words, undefined, LOCAL_PORT);
  await run("-t", String(WARM_SECONDS / 2));
  await run("-t", String(WARM_SECONDS / 2), "-R");
  // Those that only let somebody in are gone by now.
  const pids = pidsOf(lab);
  const before = cpuSeconds(pids);
  const [out, back] = [await run("-t", String(seconds)), await run("-t", String(seconds), "-R")];
  const bytes = [out, back].reduce((sum, { end }) => sum + (end.sum_received?.bytes ?? 0), 0);
  const figures = {
    out: receivedMbps(out),
    back: receivedMbps(back),
    cpu: (cpuSeconds(pids) - before) / (bytes / 1e9),
  };
  console.error(
    `forward by ${name}: ${figures.out.toFixed(0)} and ${figures.back.toFixed(0)} Mbit/s, ${figures.cpu.toFixed(2)} s/GB`,
  );
  return figures;
}

/** OpenSSH with keys of its own, which go when it leads there. */
function sshForwarder(cipher: string): Forwarder {
  return {
    name: `ssh -L, ${cipher}`,
    pids: (lab) => lab.hosts.flatMap(sshProcesses),
    start: async (lab) => {
      const folder = mkdtempSync(join(tmpdir(), "peernet-ssh-"));
      try {
        serveSsh(folder, lab.host(1));
        const to = lab.ipv4Between(1, 0);
        const options = ["StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null"];
        lab
          .host(0)
          .spawn("ssh", [
            ...["-F", "none", "-N", "-c", cipher],
            ...["-p", String(SSH_PORT), "-i", join(folder, "user")],
            ...options.flatMap((one) => ["-o", one]),
            ...["-L", `${LOCAL_PORT}:127.0.0.1:${IPERF_PORT}`, `root@${to}`],
          ]);
        awaitListener(lab.host(0), LOCAL_PORT);
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    },
  };
}

function serveSsh(folder: string, server: Host): void {
  // Where the server keeps its unprivileged process; its own start script makes it.
  mkdirSync("/run/sshd", { recursive: true, mode: 0o755 });
  for (const name of ["host", "user"]) {
    execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", join(folder, name)]);
  }
  const config = [
    ...[`Port ${SSH_PORT}`, "ListenAddress 0.0.0.0", `HostKey ${join(folder, "host")}`],
    ...[`AuthorizedKeysFile ${join(folder, "user.pub")}`, "PermitRootLogin yes"],
    ...["StrictModes no", "UsePAM no", "PasswordAuthentication no", "PidFile none"],
  ];
  writeFileSync(join(folder, "config"), `${config.join("\n")}\n`);
  server.spawn("/usr/sbin/sshd", ["-D", "-e", "-f", join(folder, "config")]);
  awaitListener(server, SSH_PORT);
}

/** Whoever serves a connection is a child of the server, and may have a child of its own. */
function sshProcesses(host: Host): number[] {
  const pids = execFileSync("ip", ["netns", "pids", host.namespace], { encoding: "utf8" });
  return pids
    .split("\n")
    .map(Number)
    .filter((pid) => pid > 0 && readFileSync(`/proc/${pid}/comm`, "utf8").startsWith("ssh"));
}

/** Waits until something listens on a port of the host. */
function awaitListener(host: Host, port: number): void {
  const isOpen = `ss -tln | grep -q ':${port} '`;
  host.run("sh", "-c", `for i in $(seq 100); do ${isOpen} && exit 0; sleep 0.1; done; exit 1`);
}
