import { execFileSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, rmSync, statfsSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ClientError } from "../../src/api/client/index.ts";
import { freePort, PeerProcess, peernet, until } from "./peer-process.ts";

const folder = mkdtempSync(join(tmpdir(), "peernet-full-"));
const disk = join(folder, "disk");
const reason = mountTiny();
if (reason !== undefined) console.log(`SKIPPED full disks: ${reason}`);

/** Mounts a disk of 24 MB; why that cannot be done, or undefined. */
function mountTiny(): string | undefined {
  if (process.platform !== "linux" || process.getuid?.() !== 0) return "mounting needs root";
  try {
    execFileSync("mkdir", [disk]);
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=24m", "tmpfs", disk], { stdio: "ignore" });
    return undefined;
  } catch {
    return "no tmpfs can be mounted here";
  }
}

describe.skipIf(reason !== undefined)("a peer on a disk that fills up", () => {
  let small: PeerProcess;
  let friend: PeerProcess;
  const ballast = join(disk, "ballast");

  beforeAll(async () => {
    const ports = await Promise.all([freePort(), freePort()]);
    const words = (at: number): string[] => [
      ...["--no-discovery", "--listen", `tcp://127.0.0.1:${ports[at]}`],
      ...["--link", `tcp://127.0.0.1:${ports[1 - at]}`],
    ];
    small = new PeerProcess(join(disk, "home"), [...words(0), "--name", "small"]);
    // Gives no space, so that everything stays on the small disk.
    friend = new PeerProcess(join(folder, "friend"), [...words(1), "--name", "friend"]);
    await Promise.all([small.start(), friend.start("--give", "0B")]);
    const { link } = await friend.client.createInvite();
    await small.client.addContact(link);
    await until(async () => (await friend.client.contacts())[0]?.state === "met", 20_000);
  });
  afterAll(async () => {
    await Promise.all([small.end(), friend.end()]);
    execFileSync("umount", [disk]);
    rmSync(folder, { recursive: true, force: true });
  });

  /** Takes all space but this much. */
  function fillUp(leaveBytes: number): void {
    const file = openSync(ballast, "a");
    const block = new Uint8Array(65_536);
    const free = (): number => {
      const { bavail, bsize } = statfsSync(disk);
      return bavail * bsize;
    };
    try {
      while (free() > leaveBytes) writeSync(file, block);
      closeSync(file);
    } catch {
      closeSync(file); // ENOSPC: nothing more fits
    }
  }

  /** The error of a call that should fail for want of space. */
  async function refusal(call: Promise<unknown>): Promise<ClientError> {
    const error = await call.then(
      () => undefined,
      (cause: unknown) => cause,
    );
    expect(error).toBeInstanceOf(ClientError);
    return error as ClientError;
  }

  test("says so, loses nothing, lives on, and takes things again once there is space", async () => {
    const bytes = new Uint8Array(500_000).fill(7);
    const kept = await small.client.putObject("kept", bytes);
    const early = await small.client.sendMessage("friend", "before");

    fillUp(4_000_000);
    const tooLarge = await refusal(small.client.putObject("large", new Uint8Array(20_000_000)));
    expect(tooLarge.code).toBe("disk-full");
    expect(tooLarge.message).toContain("free some space");
    const raw = await fetch(`${small.up.url}/v1/objects?name=large`, {
      method: "PUT",
      headers: { authorization: `Bearer ${small.up.token}` },
      body: new Uint8Array(20_000_000),
    });
    expect(raw.status).toBe(507);
    const typed = await peernet(["put", "-", "--home", small.home], { stdin: "x".repeat(2e7) });
    expect(typed.code).toBe(1);
    expect(typed.stderr).toContain("free some space");

    fillUp(0);
    const refused: string[] = [];
    for (let count = 0; count < 400 && refused.length < 3; count++) {
      const text = `${count} ${"x".repeat(15_000)}`;
      await small.client.sendMessage("friend", text).catch((error: ClientError) => {
        refused.push(`${error.code}: ${error.message}`);
      });
    }
    expect(refused).toHaveLength(3);
    for (const words of refused) expect(words).toMatch(/^disk-full: .*Free some space/);
    const { store } = await small.client.status();
    expect(store.objectCount).toBe(1);
    const whole = await small.client.getObject(kept.link);
    expect(new Uint8Array(await whole.arrayBuffer())).toEqual(bytes);
    const { messages } = await small.client.messages({ with: "friend", after: "0", limit: 500 });
    expect(messages[0]).toMatchObject({ id: early.id, text: "before" });

    rmSync(ballast);
    const fits = async (): Promise<boolean> =>
      small.client.putObject("small", new Uint8Array(100_000)).then(
        () => true,
        () => false,
      );
    expect(await until(fits, 20_000, 500)).toBe(true);
    const sends = async (): Promise<boolean> =>
      small.client.sendMessage("friend", "after").then(
        () => true,
        () => false,
      );
    expect(await until(sends, 20_000, 500)).toBe(true);
    await small.end();
    await small.start();
    expect((await small.client.status()).store.objectCount).toBe(2);
    const again = await small.client.getObject(kept.link);
    expect(new Uint8Array(await again.arrayBuffer())).toEqual(bytes);
    expect(
      await until(async () => {
        const found = await friend.client.messages({ limit: 500 });
        return found.messages.some(({ text }) => text === "after");
      }, 20_000),
    ).toBe(true);
  });
});
