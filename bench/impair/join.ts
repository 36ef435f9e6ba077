import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { endNow, type Host, Lab } from "../../test/netns/lab.ts";
import { CHILD } from "../hotpath/role.ts";
import { urgent } from "../hotpath/urgent.ts";
import { type ImpairOrder, ORDER } from "./process.ts";
import type { Impairment } from "./way.ts";

/** The same for every run, so that rounds differ by nothing but chance elsewhere. */
const SEED = 1;
/** Frames that wait in the kernel for the link's process: it must not be the one that drops. */
const DEVICE_QUEUE = 4_000;

let made = 0;

/** Joins two hosts of a lab by an impairing link, as a cable would; the process that carries it. */
export async function joinImpaired(
  lab: Lab,
  a: number,
  b: number,
  impairment: Impairment,
  ipv4: string,
): Promise<ChildProcess> {
  const tag = `pi${process.pid % 100_000}x${made++}`;
  const names = [`${tag}a`, `${tag}b`] as const;
  const order: ImpairOrder = { names, impairment, seed: SEED };
  const env = { ...process.env, [CHILD]: "impair", [ORDER]: JSON.stringify(order) };
  const [command, ...words] = urgent([process.execPath, fileURLToPath(import.meta.url)]);
  const child = spawn(command, words, { env, stdio: ["ignore", "inherit", "inherit", "ipc"] });
  await Promise.race([
    once(child, "message"),
    once(child, "exit").then(() => Promise.reject(new RangeError("no impairing link"))),
  ]);
  plug(lab.host(a), names[0], `e${b}`, `${ipv4}.1/24`);
  plug(lab.host(b), names[1], `e${a}`, `${ipv4}.2/24`);
  return child;
}

function plug(host: Host, name: string, device: string, address: string): void {
  execFileSync("ip", ["link", "set", name, "netns", host.namespace, "name", device]);
  host.run("sh", "-c", `echo 0 > /proc/sys/net/ipv6/conf/${device}/accept_dad`);
  host.run("ip", "addr", "add", address, "dev", device);
  host.run("ip", "link", "set", device, "txqueuelen", String(DEVICE_QUEUE), "up");
}

/** Runs a measurement between two hosts on such a link; removes all of it whatever happens. */
export async function inImpairedLab<T>(
  impairment: Impairment,
  measure: (lab: Lab) => Promise<T>,
): Promise<T> {
  const lab = new Lab(2);
  let link: ChildProcess | undefined;
  try {
    link = await joinImpaired(lab, 0, 1, impairment, "10.99.0");
    return await measure(lab);
  } finally {
    // First who would otherwise find its interfaces gone.
    if (link !== undefined) await endNow(link);
    await lab.remove();
  }
}
