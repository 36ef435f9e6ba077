import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setCable } from "../../test/netns/faults.ts";
import { type Host, Lab, waitUntil } from "../../test/netns/lab.ts";
import { debianPackage } from "../rivals/debian.ts";
import type { BenchRival } from "../row.ts";

const NAME = "Syncthing";
const CABLES = [
  [0, 1, "10.98.0"],
  [0, 2, "10.98.1"],
  [1, 2, "10.98.2"],
] as const;
/** Its own pace: it looks at the directory every 5 s besides being told by the kernel. */
const SCAN_MS = 8_000;
const SETTLE_MS = 150_000;

/** One device of the rival: its keys, settings and the directory that it shares. */
interface Device {
  readonly host: Host;
  readonly home: string;
  readonly shared: string;
  readonly id: string;
}

function makeDevice(host: Host, place: string): Device {
  const home = join(place, `home-${host.index}`);
  const shared = join(place, `shared-${host.index}`);
  mkdirSync(join(shared, ".stfolder"), { recursive: true });
  host.run("syncthing", "generate", `--home=${home}`, "--no-default-folder");
  const [, id = ""] = /<device id="([A-Z0-9-]+)"/.exec(settings(home)) ?? [];
  return { host, home, shared, id };
}

function settings(home: string): string {
  return readFileSync(join(home, "config.xml"), "utf8");
}

/** Settings with fixed addresses, one folder, and nothing that needs the internet. */
function configure(lab: Lab, device: Device, all: readonly Device[]): void {
  const own = device.host.index;
  const devices = all.map(({ id, host }) => {
    const ip = lab.ipv4Between(host.index, own);
    const address = host.index === own ? "dynamic" : `tcp://${ip}:22000`;
    return `<device id="${id}" name="${host.index}"><address>${address}</address></device>`;
  });
  const members = all.map(({ id }) => `<device id="${id}"></device>`);
  const [version = '<configuration version="36">'] =
    /<configuration version="\d+">/.exec(settings(device.home)) ?? [];
  const text = [
    version,
    `<folder id="s" label="s" path="${device.shared}" type="sendreceive" rescanIntervalS="5" fsWatcherEnabled="true" fsWatcherDelayS="1">`,
    ...members,
    // What it writes itself for a new folder; left out it would be none.
    "<maxConflicts>10</maxConflicts></folder>",
    ...devices,
    '<gui enabled="false"></gui><options><listenAddress>tcp://0.0.0.0:22000</listenAddress>',
    "<globalAnnounceEnabled>false</globalAnnounceEnabled><localAnnounceEnabled>false</localAnnounceEnabled>",
    "<relaysEnabled>false</relaysEnabled><natEnabled>false</natEnabled><urAccepted>-1</urAccepted>",
    "<reconnectionIntervalS>5</reconnectionIntervalS><crashReportingEnabled>false</crashReportingEnabled>",
    "</options></configuration>",
  ].join("\n");
  writeFileSync(join(device.home, "config.xml"), text);
}

function contents({ shared }: Device): readonly string[] {
  const names = readdirSync(shared).filter((name) => !name.startsWith("."));
  return names.map((name) => readFileSync(join(shared, name), "utf8"));
}

function setSea(lab: Lab, state: "up" | "down"): void {
  for (const [a, b] of CABLES) setCable(lab.host(a), b, state);
}

async function measure(lab: Lab, place: string): Promise<{ lost: number; words: string }> {
  for (const [a, b, prefix] of CABLES) lab.link(a, b, prefix);
  const devices = lab.hosts.map((host) => makeDevice(host, place));
  for (const device of devices) configure(lab, device, devices);
  for (const { host, home } of devices) {
    host.spawn("syncthing", ["serve", `--home=${home}`, "--no-browser", "--no-restart"]);
  }
  const haveAll = (wanted: readonly string[]) => async (): Promise<boolean> =>
    devices.every((device) => wanted.every((text) => contents(device).includes(text)));
  const [first] = devices;
  if (first !== undefined) writeFileSync(join(first.shared, "plan.txt"), "the plan as it was");
  if ((await waitUntil(haveAll(["the plan as it was"]), SETTLE_MS, 500)) === undefined) {
    throw new RangeError("its devices never found each other");
  }
  setSea(lab, "down");
  const written = devices.flatMap(({ host, shared }) => {
    const texts = [`the plan of ${host.index}`, `a note of ${host.index}`];
    writeFileSync(join(shared, "plan.txt"), texts[0] ?? "");
    writeFileSync(join(shared, `note-${host.index}.txt`), texts[1] ?? "");
    return texts;
  });
  await new Promise((resolve) => setTimeout(resolve, SCAN_MS));
  setSea(lab, "up");
  const tookMs = await waitUntil(haveAll(written), SETTLE_MS, 500);
  const lost = written.filter((text) => !devices.every((each) => contents(each).includes(text)));
  const names = first === undefined ? [] : readdirSync(first.shared);
  const copies = names.filter((name) => name.startsWith("plan.sync-conflict-")).length;
  const after = tookMs === undefined ? "" : ` ${(tookMs / 1_000).toFixed(0)} s after the heal`;
  return {
    lost: lost.length,
    words: `${written.length} writes, ${copies} conflict copies${after}`,
  };
}

/**
 * What Debian's Syncthing loses where three of its devices write apart: files of one folder. Often
 * nothing; one write where two devices make their conflict copies in the same second, as both may
 * then get one name ("already a conflict copy; not copying again", it says).
 */
export async function syncthingRival(): Promise<BenchRival> {
  const version = debianPackage("syncthing");
  if (version === null) return { name: NAME, value: null, note: "the package cannot be installed" };
  const lab = new Lab(3);
  const place = mkdtempSync(join(tmpdir(), "peernet-syncthing-"));
  try {
    const { lost, words } = await measure(lab, place);
    const note = `Debian ${version}, 3 devices in the same bed, full copies on each: ${words}`;
    return { name: NAME, value: lost, note };
  } catch (error) {
    return { name: NAME, value: null, note: String(error) };
  } finally {
    await lab.remove();
    rmSync(place, { recursive: true, force: true });
  }
}
