import { fork } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Home, openHome, type StoredIdentity } from "./home.ts";
import { readApiFile } from "./home-api-file.ts";
import { parseConfig } from "./home-config.ts";
import { resolveHome } from "./home-directory.ts";
import { homeIoError } from "./home-files.ts";
import { parseSize } from "./size-text.ts";

let directory: string;
const open: Home[] = [];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "peernet-home-"));
});
afterEach(async () => {
  for (const home of open.splice(0)) await home.close();
  await rm(directory, { recursive: true, force: true });
});

async function start(at: string = directory): Promise<Home> {
  const home = await openHome(at);
  open.push(home);
  return home;
}

async function stop(): Promise<void> {
  await open.pop()?.close();
}

const IDENTITY: StoredIdentity = {
  deviceSeed: new Uint8Array(32).fill(1),
  personEntropy: new Uint8Array(32).fill(2),
  name: "Küche",
};

describe("home", () => {
  test("is made, private, and keeps the identity", async () => {
    const at = join(directory, "new", "home");
    const home = await start(at);
    expect(home.identity).toBeUndefined();
    expect(home.config).toEqual({});
    await home.writeIdentity(IDENTITY);
    expect((await stat(at)).mode & 0o777).toBe(0o700);
    expect((await stat(join(at, "identity.json"))).mode & 0o777).toBe(0o600);
    await stop();
    expect((await start(at)).identity).toEqual(IDENTITY);
    expect((await readdir(at)).filter((name) => name.endsWith(".tmp"))).toEqual([]);
  });

  test("keeps its keys, whatever it is told, but may take another name", async () => {
    const home = await start();
    await home.writeIdentity(IDENTITY);
    await home.writeIdentity({ ...IDENTITY, name: "Attic" });
    expect(home.identity?.name).toBe("Attic");
    const other = { ...IDENTITY, deviceSeed: new Uint8Array(32) };
    await expect(home.writeIdentity(other)).rejects.toMatchObject({ code: "bad-identity" });
  });

  test("says who uses it, and where that peer answers", async () => {
    const home = await start();
    await home.writeApiFile({ url: "http://127.0.0.1:4712", token: "secret" });
    const second = openHome(directory);
    await expect(second).rejects.toMatchObject({ code: "home-in-use" });
    await expect(second).rejects.toThrow(`process ${process.pid}`);
    await expect(second).rejects.toThrow("http://127.0.0.1:4712");
    await expect(second).rejects.not.toThrow("secret");
    const api = { url: "http://127.0.0.1:4712", token: "secret", pid: process.pid };
    expect(await readApiFile(directory)).toEqual(api);
    expect((await stat(join(directory, "api.json"))).mode & 0o777).toBe(0o600);
    await stop();
    expect(await readApiFile(directory)).toBeUndefined();
    await start();
  });

  test("opens again after its owner was killed, also where the process id is in use again", async () => {
    const script = join(directory, "..", `hold-${process.pid}.mjs`);
    await writeFile(
      script,
      `import { createRequire } from "node:module";
       const { ClassicLevel } = createRequire(process.argv[2])("classic-level");
       const level = new ClassicLevel(process.argv[3]);
       await level.open();
       process.send("locked");
       setInterval(() => {}, 1000);`,
    );
    await start();
    await stop();
    const child = fork(script, [import.meta.filename, join(directory, "lock")]);
    await new Promise((done) => child.once("message", done));
    await expect(openHome(directory)).rejects.toMatchObject({ code: "home-in-use" });
    const ended = new Promise((done) => child.once("exit", done));
    child.kill("SIGKILL");
    await ended;
    // As if our own id had been the dead owner's.
    const stale = { url: "http://127.0.0.1:1", token: "old", pid: process.pid };
    await writeFile(join(directory, "api.json"), JSON.stringify(stale));
    await start();
    expect(await readApiFile(directory)).toBeUndefined();
    await rm(script);
  });

  test("a lock that a crash has damaged is made anew", async () => {
    await start();
    await stop();
    await writeFile(join(directory, "lock", "CURRENT"), "nonsense\n");
    await start();
  });

  test("keeps a setting beside those that were written by hand, and never a wrong one", async () => {
    const home = await start();
    const path = join(directory, "config.json");
    await home.writeSetting({ quota: 5e9 });
    expect(JSON.parse(await readFile(path, "utf8"))).toEqual({ quota: 5e9 });
    await writeFile(path, '{"name": "Kitchen", "quota": "20 GB"}');
    await home.writeSetting({ quota: 7 });
    expect(JSON.parse(await readFile(path, "utf8"))).toEqual({ name: "Kitchen", quota: 7 });
    await expect(home.writeSetting({ quota: -1 })).rejects.toMatchObject({ code: "bad-config" });
    await writeFile(path, "{ by hand");
    await expect(home.writeSetting({ quota: 8 })).rejects.toMatchObject({ code: "bad-config" });
    expect(await readFile(path, "utf8")).toBe("{ by hand");
    await rm(path);
  });

  test.each([
    ["home.json", '{"format": 3}', "newer-format"],
    ["home.json", '{"form', "bad-config"],
    ["home.json", "", "bad-config"],
    ["identity.json", '{"deviceSeed":"00', "bad-identity"],
    ["identity.json", "", "bad-identity"],
    ["identity.json", '{"deviceSeed":"00","personEntropy":"00","name":"x"}', "bad-identity"],
    ["config.json", "{", "bad-config"],
  ])("%s with %j is refused and left as it is", async (name, text, code) => {
    const home = await start();
    await home.writeIdentity(IDENTITY);
    await stop();
    const before = await readFile(join(directory, "identity.json"), "utf8");
    await writeFile(join(directory, name), text);
    await expect(openHome(directory)).rejects.toMatchObject({ code });
    await expect(openHome(directory)).rejects.toThrow(directory);
    expect(await readFile(join(directory, name), "utf8")).toBe(text);
    if (name !== "identity.json") {
      expect(await readFile(join(directory, "identity.json"), "utf8")).toBe(before);
    }
  });

  test("somebody's own files are not taken for a home", async () => {
    await writeFile(join(directory, "holiday.jpg"), "");
    await expect(openHome(directory)).rejects.toThrow("is no home of Peernet");
    expect(await readdir(directory)).toEqual(["holiday.jpg"]);
  });

  test("what keeps it from opening is said in words, with what to do next", async () => {
    const file = join(directory, "file");
    await writeFile(file, "");
    await mkdir(join(directory, "odd", "identity.json"), { recursive: true });
    await writeFile(join(directory, "odd", "home.json"), '{"format": 2}');
    const said = async (at: string): Promise<string> => {
      const error = await openHome(at).catch((cause: unknown) => cause);
      expect(error).toMatchObject({ code: "io" });
      const { message } = error as Error;
      expect(message).toMatch(/: [a-z][^:]*\. .*--home DIR\.$/);
      expect(message).not.toMatch(/\bE[A-Z]{3,}\b/);
      return message;
    };
    expect(await said(file)).toContain("a file is where a folder should be");
    expect(await said(join(file, "home"))).toContain("a part of its path is no folder");
    expect(await said(join(directory, "odd"))).toContain("it is a folder");
  });

  test.each([
    ["ENOSPC", "no space is left on that disk. Free some space"],
    ["EACCES", "you may not read or write there. Work as the user whose home this is"],
    ["EROFS", "that disk can only be read. Make that disk writable"],
    ["EIO", "the disk reports an error. Look after that disk"],
  ])("%s is said in words", (code, words) => {
    const error = homeIoError("Writing", "/h/api.json", Object.assign(new Error(code), { code }));
    expect(error.message).toContain(`Writing /h/api.json failed: ${words}`);
  });

  test("where it lies follows the customs of the system", () => {
    expect(resolveHome(undefined, {}, "linux", "/people/ada")).toBe(
      "/people/ada/.local/share/peernet",
    );
    const xdg = { XDG_DATA_HOME: "/data" };
    expect(resolveHome(undefined, xdg, "linux", "/people/ada")).toBe("/data/peernet");
    expect(resolveHome("", { ...xdg, PEERNET_HOME: "/own" }, "linux", "/x")).toBe("/own");
    expect(resolveHome("/given", { PEERNET_HOME: "/own" }, "linux", "/x")).toBe("/given");
    const mac = "/Users/ada/Library/Application Support/Peernet";
    expect(resolveHome(undefined, {}, "darwin", "/Users/ada")).toBe(mac);
    expect(resolveHome(undefined, { LOCALAPPDATA: "/L" }, "win32", "/x")).toBe("/L/Peernet");
  });
});

describe("settings", () => {
  test("are all taken", () => {
    const text = `{"name": "Kitchen", "udpPort": 0, "listen": ["tcp://[::]:4711"],
      "links": ["tcp://peer.example.org:1", "udp://192.0.2.1:2"], "quota": "1.5 GB", "discovery": false, "profile": "phone"}`;
    expect(parseConfig(text, "config.json")).toEqual({
      name: "Kitchen",
      udpPort: 0,
      listen: ["tcp://[::]:4711"],
      links: ["tcp://peer.example.org:1", "udp://192.0.2.1:2"],
      quotaBytes: 1.5e9,
      discovery: false,
      profile: "phone",
    });
    expect(parseSize("20 GB")).toBe(2e10);
    expect(parseSize("20 GiB")).toBeUndefined();
  });

  test.each([
    ['{"nmae": "x"}', "nmae"],
    ['{"__proto__": 1}', "__proto__"],
    ['{"name": ""}', "name"],
    [`{"name": "${"x".repeat(65)}"}`, "name"],
    ['{"udpPort": 65536}', "udpPort"],
    ['{"listen": "tcp://0.0.0.0:1"}', "listen"],
    ['{"links": ["tcp://a.example:1", 7]}', "links[1]"],
    ['{"links": ["http://a.example"]}', "links[0]"],
    ['{"quota": "much"}', "quota"],
    ['{"quota": -1}', "quota"],
    ['{"discovery": 1}', "discovery"],
    ['{"profile": "toaster"}', "profile"],
    ["[]", "JSON"],
  ])("%s is refused, naming file and member", (text, member) => {
    expect(() => parseConfig(text, "/h/config.json")).toThrow("/h/config.json");
    expect(() => parseConfig(text, "/h/config.json")).toThrow(member);
  });
});
