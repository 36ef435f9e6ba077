import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { type Host, type Lab, waitUntil } from "./lab.ts";
import { startTunPeers, whyNoTun } from "./tun-lab.ts";

const CHROMIUM = process.env["CHROMIUM"] ?? "/usr/bin/chromium";
const whyNoPrograms = (): string | undefined =>
  ["/usr/bin/dig", CHROMIUM, "/usr/sbin/nft"].find((file) => !existsSync(file));
const missing = whyNoPrograms();
const reason = whyNoTun() ?? (missing && `there is no ${missing}`);
if (reason !== undefined) console.log(`SKIPPED the resolver with dig and a browser: ${reason}`);

const DNS_PORT = "5300";
const WEB_PORT = 8_000;
const WORDS = "Anna's page over the mesh";

let lab: Lab | undefined;
const folder = mkdtempSync(join(tmpdir(), "peernet-resolver-"));
afterEach(async () => {
  await lab?.remove();
  lab = undefined;
  rmSync(folder, { recursive: true, force: true });
});

/** Counts every question about names that leaves the host by a cable or the mesh. */
function watchQuestions(host: Host): () => number {
  const nft = (...words: readonly string[]): string => host.run("nft", ...words);
  nft("add", "table", "inet", "watch");
  nft("add", "chain", "inet", "watch", "out", "{ type filter hook output priority 0 ; }");
  const rule = 'oifname != "lo" meta l4proto { tcp, udp } th dport { 53, 853, 5353, 5355 } counter';
  nft("add", "rule", "inet", "watch", "out", ...rule.split(" "));
  return () => Number(/packets (\d+)/.exec(nft("list", "table", "inet", "watch"))?.[1]);
}

/** What `dig` says: the code and the records, short. */
function dig(host: Host, ...words: readonly string[]): readonly [string, string] {
  const said = host.run("dig", "+time=2", "+tries=1", "+noall", "+comments", "+answer", ...words);
  const answers = said.split("\n").filter((line) => line !== "" && !line.startsWith(";"));
  const records = answers.map((line) => line.split(/\s+/).slice(4).join(" "));
  return [/status: (\w+)/.exec(said)?.[1] ?? "none", records.join("\n")];
}

function browse(host: Host, url: string): string {
  const words = [
    CHROMIUM,
    ...["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--dump-dom"],
    ...["--disable-background-networking", "--disable-component-update", "--disable-sync"],
    ...["--timeout=20000", `--user-data-dir=${join(folder, "profile")}`, url],
  ];
  // What it says of buses and screens that this machine has not is noise.
  return host.run("sh", "-c", 'exec "$@" 2>/dev/null', "sh", ...words);
}

describe.skipIf(reason !== undefined)("the local resolver", () => {
  test("dig and a browser resolve names by it; nothing is forwarded; it works without a network", async () => {
    const settings = { names: false, shortNames: true, dnsPort: Number(DNS_PORT) };
    const { first, last, started } = await startTunPeers(2, [[0, 1]], settings);
    lab = started;
    const { address, peerId } = last.up;
    const atLoopback = ["@127.0.0.1", "-p", DNS_PORT];
    expect(dig(first, ...atLoopback, "last.peer.alt", "AAAA")).toEqual(["NOERROR", address]);
    expect(first.peernet("doctor")).toContain("127.0.0.1, UDP port 5300");

    // From here on the system has no other server of names.
    writeFileSync(join(first.etc, "resolv.conf"), `nameserver ${first.up.address}\n`);
    const systemAsks = async (): Promise<boolean> =>
      dig(first, "last.peer.alt", "AAAA")[1] === address;
    expect(await waitUntil(systemAsks, 10_000)).toBeDefined();
    const questions = watchQuestions(first);
    expect(dig(first, "last.peer", "AAAA")).toEqual(["NOERROR", address]);
    expect(dig(first, `${peerId}.peer.alt`, "AAAA")).toEqual(["NOERROR", address]);
    expect(dig(first, "last.peer.alt", "A")).toEqual(["NOERROR", ""]);
    const [code, texts] = dig(first, "last.peer.alt", "TXT");
    expect(code).toBe("NOERROR");
    expect(texts).toContain('"petname=last"');
    expect(texts).toContain(`"device=${address}"`);
    first.peernet("forward", "8081:last:web");
    expect(dig(first, "_web._tcp.last.peer.alt", "SRV")).toEqual([
      "NOERROR",
      "0 0 8081 localhost.",
    ]);
    expect(dig(first, "-x", address)).toEqual(["NOERROR", "last.peer.alt."]);
    expect(dig(first, "nobody.peer.alt", "AAAA")).toEqual(["NXDOMAIN", ""]);
    expect(dig(first, "nobody.peer", "AAAA")).toEqual(["NXDOMAIN", ""]);
    expect(dig(first, "example.org", "AAAA")).toEqual(["REFUSED", ""]);

    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "index.html"), `<!doctype html><p>${WORDS}</p>`);
    last.spawn(process.execPath, [
      ...[resolve("test/netns/file-server.mjs"), folder, "::", String(WEB_PORT)],
    ]);
    last.peernet("allow", "host0", String(WEB_PORT));
    // Chromium asks for no IPv6 address on a machine without a way to the IPv6 internet.
    first.run("ip", "-6", "addr", "add", "2001:db8::1/64", "dev", "e1", "nodad");
    first.run("ip", "-6", "route", "add", "default", "dev", "e1");
    const page = async (): Promise<boolean> =>
      browse(first, `http://last.peer.alt:${WEB_PORT}/index.html`).includes(WORDS);
    expect(await waitUntil(page, 30_000, 500)).toBeDefined();

    first.run("ip", "link", "set", "e1", "down");
    expect(dig(first, "last.peer.alt", "AAAA")).toEqual(["NOERROR", address]);
    expect(dig(first, "nobody.peer.alt", "AAAA")[0]).toBe("NXDOMAIN");
    expect(questions()).toBe(0);
  });
});
