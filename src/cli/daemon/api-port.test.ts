import { createServer } from "node:net";
import { expect, test } from "vitest";
import { SILENT_LOG } from "../../ports/index.ts";
import { MemoryRecordStore } from "../../simulation/memory-disk.ts";
import { startApiAtUsualPort } from "./api-port.ts";

const options = {
  ...{ routes: [], token: "t", port: 0, consoleDirectory: "none", openPaths: [], log: SILENT_LOG },
};

test("the API comes back at the port it had, elsewhere where that is taken, and stays there", async () => {
  const records = new MemoryRecordStore({ schedule: (work) => queueMicrotask(work) });
  const first = await startApiAtUsualPort(records, options);
  await first.close();
  const second = await startApiAtUsualPort(records, options);
  expect(second.port).toBe(first.port);
  await second.close();

  const other = createServer();
  await new Promise<void>((resolve) => other.listen(first.port, "127.0.0.1", resolve));
  const third = await startApiAtUsualPort(records, options);
  expect(third.port).not.toBe(first.port);
  await third.close();
  // A port that was asked for is not replaced by another one, nor kept.
  const asked = startApiAtUsualPort(records, { ...options, port: first.port });
  await expect(asked).rejects.toMatchObject({ code: "conflict" });
  other.close();
  const fourth = await startApiAtUsualPort(records, options);
  expect(fourth.port).toBe(third.port);
  await fourth.close();
});

test("what was kept and is no port counts as none", async () => {
  const records = new MemoryRecordStore({ schedule: (work) => queueMicrotask(work) });
  for (const text of ["", "2 80", "1 99999", "1 x", "1 -1"]) {
    const value = new TextEncoder().encode(text);
    await new Promise((resolve) => records.write([{ key: "api-port", value }], resolve));
    const server = await startApiAtUsualPort(records, options);
    expect(server.port).toBeGreaterThan(0);
    await server.close();
  }
});
