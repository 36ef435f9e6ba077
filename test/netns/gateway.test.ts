import { execFileSync, spawnSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type {
  ContactBody,
  GatewayBody,
  InviteBody,
  TraceBody,
} from "../../src/api/client/index.ts";
import { DIAMOND, type Host, Lab, waitUntil, whyNoNamespaces } from "./lab.ts";

const reason =
  whyNoNamespaces() ??
  (spawnSync("curl", ["--version"]).status === 0 ? undefined : "the program 'curl' is missing");
if (reason !== undefined) console.log(`SKIPPED programs over the mesh: ${reason}`);
const hasGit = spawnSync("git", ["--version"]).status === 0;

const fileServer = resolve("test/netns/file-server.mjs");
const PROXY = "socks5h://127.0.0.1:1080";
const files = mkdtempSync(join(tmpdir(), "peernet-files-"));
const page = join(files, "page.bin");
const REPOSITORY_FILES = 40;

let lab: Lab | undefined;
beforeAll(() => {
  writeFileSync(page, randomBytes(5_000_000));
  writeFileSync(join(files, "small.bin"), randomBytes(300_000));
  writeFileSync(join(files, "large.bin"), randomBytes(40_000_000));
  if (hasGit) makeRepository();
});
afterEach(async () => {
  await lab?.remove();
  lab = undefined;
});
afterAll(() => rmSync(files, { recursive: true, force: true }));

/** A repository of some megabytes that plain HTTP can serve. */
function makeRepository(): void {
  const work = join(files, "work");
  mkdirSync(work);
  const git = (...words: readonly string[]): void => {
    const who = ["-c", "user.name=x", "-c", "user.email=x@x"];
    execFileSync("git", [...who, "-C", work, ...words], { stdio: "ignore" });
  };
  git("init", "-q");
  for (let count = 0; count < REPOSITORY_FILES; count++) {
    writeFileSync(join(work, `${count}.bin`), randomBytes(100_000));
    git("add", ".");
    git("commit", "-qm", `${count}`);
  }
  const bare = join(files, "repository.git");
  execFileSync("git", ["clone", "-q", "--bare", work, bare]);
  execFileSync("git", ["-C", bare, "update-server-info"]);
}

function sha256(file: string): string {
  return createHash("sha256").update(readFileSync(file)).digest("hex");
}

async function serveFiles(host: Host, address: string, port: number): Promise<void> {
  const child = host.spawn(process.execPath, [fileServer, files, address, String(port)]);
  await new Promise<void>((done) => {
    if (child.stdout !== null) createInterface(child.stdout).once("line", () => done());
  });
}

/** `guest` and `host` have each other as contacts, as "host" and "guest". */
async function introduce(guest: Host, host: Host): Promise<void> {
  const { link } = (await host.call("POST", "/v1/invites", { addresses: false }))
    .json as InviteBody;
  await guest.call("POST", "/v1/contacts", { link, petname: "host" });
  const areMet = async (): Promise<boolean> => {
    const lists = await Promise.all([guest, host].map((one) => one.call("GET", "/v1/contacts")));
    return lists.every(({ json }) => (json as readonly ContactBody[])[0]?.state === "met");
  };
  expect(await waitUntil(areMet, 30_000, 100)).toBeDefined();
}

async function gatewayOf(host: Host): Promise<GatewayBody> {
  return (await host.call("GET", "/v1/gateway")).json as GatewayBody;
}

/** What curl in the host's namespace ended with. */
function curl(host: Host, ...words: readonly string[]): { code: number | null; text: string } {
  const args = ["netns", "exec", host.namespace, "curl", "-sS", "-m", "60", ...words];
  const { status, stdout, stderr } = spawnSync("ip", args, { encoding: "utf8" });
  return { code: status, text: `${stdout}${stderr}` };
}

describe.skipIf(reason !== undefined)("programs over three hops", () => {
  /** Hosts 0 to 3 in a row with peers; 4 is the internet behind 3, without one. */
  async function startRow(): Promise<{ row: Lab; guest: Host; host: Host; internet: Host }> {
    const row = new Lab(5);
    lab = row;
    for (const index of [0, 1, 2]) row.link(index, index + 1);
    row.link(3, 4, "93.184.216");
    const peers = row.hosts.slice(0, 4);
    await Promise.all(peers.map((host) => host.start()));
    const [guest, host, internet] = [row.host(0), row.host(3), row.host(4)];
    await introduce(guest, host);
    return { row, guest, host, internet };
  }

  test("curl and git through the proxy; what is denied is refused in words", async () => {
    const { guest, host } = await startRow();
    await serveFiles(host, "127.0.0.1", 8000);
    expect(guest.peernet("proxy")).toContain("127.0.0.1:1080");
    const copy = join(guest.home, "page.bin");
    const url = "http://host.peer.alt:8000/page.bin";

    const denied = curl(guest, "-p", "-x", "http://127.0.0.1:1080", url);
    expect([denied.code, denied.text]).toEqual([56, expect.stringContaining("403")]);
    expect((await gatewayOf(guest)).refusals.at(-1)?.words).toContain(
      "host does not let you reach port 8000. Ask for: peernet allow <you> 8000",
    );

    host.peernet("allow", "host0", "8000");
    expect(curl(guest, "-x", PROXY, "-o", copy, url)).toEqual({ code: 0, text: "" });
    expect(sha256(copy)).toBe(sha256(page));
    const tunnel = curl(guest, "-p", "-x", "http://127.0.0.1:1080", "-o", copy, url);
    expect(tunnel).toEqual({ code: 0, text: "" });
    expect(sha256(copy)).toBe(sha256(page));

    guest.peernet("forward", "8080:host:8000");
    expect(curl(guest, "-o", copy, "http://127.0.0.1:8080/page.bin").code).toBe(0);
    expect(sha256(copy)).toBe(sha256(page));

    if (hasGit) {
      const clone = join(guest.home, "clone");
      const from = "http://host.peer.alt:8000/repository.git";
      guest.run("git", "-c", `http.proxy=${PROXY}`, "clone", "-q", from, clone);
      guest.run("git", "-C", clone, "fsck", "--strict");
      const commits = guest.run("git", "-C", clone, "rev-list", "--count", "HEAD");
      expect(commits.trim()).toBe(String(REPOSITORY_FILES));
    }
    host.peernet("deny", "host0");
    expect(curl(guest, "-x", PROXY, url).code).toBe(97);
  });

  test("an uplink within its quota, both meters alike, and nothing without the exit", async () => {
    const { guest, host, internet } = await startRow();
    const address = "93.184.216.2";
    await serveFiles(internet, address, 80);
    await serveFiles(host, "127.0.0.1", 8000);
    guest.peernet("proxy");
    const get = (name: string, at = address): ReturnType<typeof curl> =>
      curl(guest, "-x", PROXY, "-o", join(guest.home, name), `http://${at}/${name}`);

    expect(get("small.bin").code).toBe(97);
    guest.peernet("gateway", "use", "host");
    expect(get("small.bin").code).toBe(97);
    host.peernet("gateway", "share", "--to", "host0", "--quota", "2MB/day");
    expect(get("small.bin")).toEqual({ code: 0, text: "" });
    expect(sha256(join(guest.home, "small.bin"))).toBe(sha256(join(files, "small.bin")));
    for (const inside of ["127.0.0.1:8000", "93.184.216.1:8000", "10.0.0.1", "169.254.169.254"]) {
      expect([inside, get("small.bin", inside).code]).toEqual([inside, 97]);
    }

    const broken = get("page.bin");
    expect([broken.code, broken.text]).toEqual([expect.any(Number), expect.any(String)]);
    expect(broken.code).not.toBe(0);
    expect(statSync(join(guest.home, "page.bin")).size).toBeLessThan(2_000_000);
    expect((await gatewayOf(guest)).refusals.at(-1)?.words).toContain("used up for today");
    expect(get("small.bin").code).toBe(97);

    const agreed = async (): Promise<boolean> => {
      const [one, other] = await Promise.all([gatewayOf(guest), gatewayOf(host)]);
      const [user, exit] = [one.uplink.meters[0], other.uplink.meters[0]];
      const total = (exit?.agreed?.upBytes ?? 0) + (exit?.agreed?.downBytes ?? 0);
      return (
        total === 2_000_000 &&
        JSON.stringify(user?.agreed) === JSON.stringify(exit?.agreed) &&
        exit?.disputed === false
      );
    };
    expect(await waitUntil(agreed, 20_000, 200)).toBeDefined();
    expect(guest.peernet("gateway", "status")).toContain("both signed 2.0 MB");
    expect(host.peernet("gateway", "status")).toContain("2.0 MB of 2.0 MB today");

    host.peernet("gateway", "share", "--to", "host0", "--quota", "20MB/day", "--rate", "50Mbit");
    expect(get("page.bin").code).toBe(0);
    host.kill();
    expect(get("small.bin").code).not.toBe(0);
  });
});

test.skipIf(reason !== undefined)(
  "a download goes on while the relay in use is killed",
  async () => {
    const diamond = new Lab(4);
    lab = diamond;
    diamond.linkAll(DIAMOND);
    await Promise.all(diamond.hosts.map((host) => host.start()));
    const [guest, host] = [diamond.host(0), diamond.host(3)];
    await introduce(guest, host);
    await serveFiles(host, "127.0.0.1", 8000);
    host.peernet("serve", "8000", "--as", "files", "--to", "host0");
    guest.peernet("proxy");
    const trace = async (): Promise<TraceBody> =>
      (await guest.call("GET", `/v1/trace?to=${host.up.peerId}`)).json as TraceBody;
    const hasBackup = async (): Promise<boolean> => {
      const [first] = (await trace()).hops;
      return first !== undefined && first.backup !== null;
    };
    expect(await waitUntil(hasBackup, 30_000, 200)).toBeDefined();

    const copy = join(guest.home, "large.bin");
    const download = guest.spawn("curl", [
      ...["-sS", "-m", "90", "-x", PROXY, "-o", copy],
      "http://files.host.peer.alt/large.bin",
    ]);
    let talk = "";
    download.stderr?.on("data", (chunk: Buffer) => {
      talk += chunk.toString();
    });
    const ended = new Promise<number | null>((done) => download.once("close", done));
    const sizeOf = (): number => statSync(copy, { throwIfNoEntry: false })?.size ?? 0;
    expect(await waitUntil(async () => sizeOf() > 4_000_000, 60_000)).toBeDefined();
    const used = (await trace()).hops[0]?.peerId;
    const relay = diamond.hosts.find(({ up }) => up.peerId === used) ?? diamond.host(1);
    const atKill = sizeOf();
    relay.kill();
    expect([await ended, talk]).toEqual([0, ""]);
    expect(atKill).toBeLessThan(40_000_000);
    expect(sha256(copy)).toBe(sha256(join(files, "large.bin")));
  },
);
