import { createSocket } from "node:dgram";
import { Resolver } from "node:dns/promises";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, test, vi } from "vitest";
import { TestVillage } from "../../../../test/support/gateway-village.ts";
import { MeshNames, trialNameOf } from "../../../gateway/dns/index.ts";
import type { HostName } from "./hosts-text.ts";
import { NAMES_LISTEN_GAP_MS, NAMES_LISTEN_TRIES, NAMES_TRIAL_MS } from "./limits.ts";
import { type NamesSystem, SystemNames } from "./names.ts";
import { listenForNames, type NameServer } from "./server.ts";

const folder = mkdtempSync(join(tmpdir(), "peernet-names-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const hostsFile = join(folder, "hosts");
const USERS = "127.0.0.1 localhost\n";

const running: SystemNames[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((names) => names.close()));
});

/** Names on a system whose lookups and programs the test plays. */
function namesOn(
  system: Partial<NamesSystem>,
  hooks = true,
  listed: readonly HostName[] = [{ address: "fd12::1", name: "anna.peer.alt" }],
): SystemNames {
  writeFileSync(hostsFile, USERS);
  const names = new SystemNames({
    interfaceName: "peernet0",
    address: "::1",
    trialName: trialNameOf("x1"),
    hooks,
    answer: () => undefined,
    listed: () => listed,
    system: {
      ...{ hostsFile, port: 0, hasResolved: () => false, resolvectl: async () => true },
      lookUp: async () => "::1",
      ...system,
    },
  });
  running.push(names);
  return names;
}

const hosts = (): string => readFileSync(hostsFile, "latin1");

describe("a name server", () => {
  const village = new TestVillage();
  const own = village.add("own");
  const anna = village.add("anna");
  const mesh = new MeshNames(own.gateway.people, own.record.id, trialNameOf("x1"));
  let server: NameServer | string = "";
  afterEach(async () => {
    if (typeof server !== "string") await server.close();
    server = "";
  });

  async function start(address: string): Promise<Resolver> {
    server = await listenForNames({ address, port: 0, answer: (message) => mesh.answer(message) });
    if (typeof server === "string") throw new Error(server);
    const resolver = new Resolver({ timeout: 500, tries: 1 });
    resolver.setServers([`[${address}]:${server.port}`]);
    return resolver;
  }

  test("is understood by an ordinary resolver", async () => {
    const resolver = await start("::1");
    const [address] = await resolver.resolve6("anna.peer.alt");
    expect(address?.replaceAll(":", "").length).toBeGreaterThan(20);
    expect(await resolver.reverse(address ?? "")).toEqual(["anna.peer.alt"]);
    await expect(resolver.resolve4("anna.peer.alt")).rejects.toMatchObject({ code: "ENODATA" });
    await expect(resolver.resolve6("nobody.peer.alt")).rejects.toMatchObject({ code: "ENOTFOUND" });
    await expect(resolver.resolve6("example.org")).rejects.toMatchObject({ code: "EREFUSED" });
    expect(anna.record.id.startsWith("fd")).toBe(true);
  });

  test("answers no other address than its own: programs of this machine have that", async () => {
    const strangers: Uint8Array[] = [];
    const other = await listenForNames({
      ...{ address: "::", port: 0 },
      answer: (message) => {
        strangers.push(message);
        return message;
      },
    });
    server = await listenForNames({ address: "::1", port: 0, answer: (message) => message });
    if (typeof server === "string" || typeof other === "string") throw new Error("no server");
    const socket = createSocket("udp6");
    const answers: string[] = [];
    const answered = new Promise<void>((resolve) => {
      socket.on("message", (bytes) => {
        answers.push(bytes.toString());
        resolve();
      });
    });
    socket.send("to the other", other.port, "::1");
    const { port } = server;
    await new Promise((sent) => socket.send("to its own", port, "::1", sent));
    await answered;
    expect([answers, strangers]).toEqual([["to its own"], []]);
    socket.close();
    await other.close();
  });

  test("whose port is taken says so", async () => {
    await start("::1");
    const port = typeof server === "string" ? 0 : server.port;
    const second = await listenForNames({ address: "::1", port, answer: () => undefined });
    expect(second).toBe("EADDRINUSE");
  });
});

describe("where systemd-resolved runs", () => {
  test("it is told about names of contacts alone, and told to forget at the end", async () => {
    const said: string[] = [];
    const resolvectl = async (words: readonly string[]): Promise<boolean> => {
      said.push(words.join(" "));
      return true;
    };
    const names = namesOn({ hasResolved: () => true, resolvectl });
    await names.start();
    expect(names.state).toMatchObject({ hook: "resolved", works: true });
    expect(said.slice(0, 2)).toEqual(["dns peernet0 ::1", "domain peernet0 ~peer.alt"]);
    expect(said).toContain("default-route peernet0 no");
    expect(hosts()).toBe(USERS);
    await names.close();
    expect(said.at(-1)).toBe("revert peernet0");
  });

  test("and refuses, or resolves nothing of ours: its settings go, the hosts file is used", async () => {
    const said: string[] = [];
    let lookups = 0;
    const names = namesOn({
      hasResolved: () => true,
      resolvectl: async (words) => said.push(words.join(" ")) > 0,
      lookUp: async () => (lookups++ === 0 ? "" : "::1"),
    });
    await names.start();
    expect(names.state).toMatchObject({ hook: "hosts", works: true });
    expect(said.at(-1)).toBe("revert peernet0");
    const refusing = namesOn({ hasResolved: () => true, resolvectl: async () => false });
    await refusing.start();
    expect(refusing.state.hook).toBe("hosts");
  });
});

describe("where it does not", () => {
  test("the hosts file has the names, at once when they change, and is restored", async () => {
    const list = [{ address: "fd12::1", name: "anna.peer.alt" }];
    const names = namesOn({}, true, list);
    await names.start();
    expect(hosts()).toContain("fd12::1 anna.peer.alt\n");
    expect(names.state.words).toContain("work in every program");
    list[0] = { address: "fd12::2", name: "ben.peer.alt" };
    await names.refresh();
    expect(hosts()).toContain("fd12::2 ben.peer.alt\n");
    expect(hosts()).not.toContain("anna");
    await names.close();
    expect(hosts()).toBe(USERS);
  });

  test("a system that does not look there is named", async () => {
    const names = namesOn({ lookUp: () => Promise.reject(new RangeError("no")) });
    await names.start();
    expect(names.state).toMatchObject({ hook: "hosts", works: false });
    expect(names.state.words).toMatch(/proxy only.*nsswitch.*'hosts:'/);
    expect(await names.check()).toMatchObject({ works: false });
  });

  test("who may not write there is told what to do", async () => {
    const names = namesOn({ hostsFile: join(folder, "missing", "hosts") });
    await names.start();
    expect(names.state).toMatchObject({ hook: "none", works: false });
    expect(names.state.words).toMatch(
      /cannot be written \(ENOENT\)\. .*dnsmasq: server=\/peer.alt\/::1/,
    );
  });

  test.skipIf(process.getuid?.() === 0)("who is not root is told that root can", async () => {
    const names = namesOn({ hostsFile: "/etc/hosts" });
    await names.start();
    expect(names.state.words).toMatch(
      /\/etc\/hosts cannot be written \(E(ACCES|PERM)\): .*as root/,
    );
  });

  test("settings are left alone where that is wished", async () => {
    const names = namesOn({ lookUp: async () => "" }, false);
    await names.start();
    expect(names.state).toMatchObject({ hook: "off", works: false });
    expect(names.state.words).toContain("as you wished");
    expect(hosts()).toBe(USERS);
  });

  test("an address that the system does not trust yet is tried again, and not for ever", async () => {
    vi.useFakeTimers();
    let tries = 0;
    const listenLate = async (): Promise<NameServer | string> =>
      ++tries < NAMES_LISTEN_TRIES ? "EADDRNOTAVAIL" : { port: 53, close: () => Promise.resolve() };
    const late = namesOn({ listen: listenLate, lookUp: async () => "" }, false);
    const started = late.start();
    await vi.advanceTimersByTimeAsync(NAMES_LISTEN_TRIES * NAMES_LISTEN_GAP_MS);
    await started;
    expect(late.state.words).toContain("Your own DNS server can ask ::1");
    tries = -1;
    const never = namesOn({ listen: listenLate, lookUp: async () => "" }, false);
    const ended = never.start();
    await vi.advanceTimersByTimeAsync(NAMES_LISTEN_TRIES * NAMES_LISTEN_GAP_MS);
    await ended;
    vi.useRealTimers();
    expect([tries, never.state.words]).toEqual([
      NAMES_LISTEN_TRIES - 1,
      expect.stringContaining("could not be opened for a DNS server of its own (EADDRNOTAVAIL)"),
    ]);
  });

  test("a lookup that takes long is given up in time, and at once when the peer stops", async () => {
    const lookUp = (): Promise<string> => new Promise(() => undefined);
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const slow = namesOn({ lookUp }, false);
    let isKnown = false;
    const started = slow.start().then(() => {
      isKnown = true;
    });
    while (vi.getTimerCount() === 0) await new Promise((go) => setImmediate(go));
    await vi.advanceTimersByTimeAsync(NAMES_TRIAL_MS - 1);
    expect(isKnown).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    await started;
    expect(slow.state.works).toBe(false);
    vi.useRealTimers();
    const stopped = namesOn({ lookUp });
    void stopped.start();
    await vi.waitFor(() => expect(hosts()).toContain("anna.peer.alt"));
    await stopped.close();
    expect(hosts()).toBe(USERS);
  });

  test("ended while it begins, it leaves nothing behind", async () => {
    const names = namesOn({});
    void names.start();
    await names.close();
    expect(hosts()).toBe(USERS);
    expect(names.isClosed).toBe(true);
  });
});
