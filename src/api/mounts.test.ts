import { afterEach, expect, test } from "vitest";
import { TypedError } from "../base/errors.ts";
import { SILENT_LOG } from "../ports/index.ts";
import type { ApiContext, MountSwitch } from "./context.ts";
import type { MountBody } from "./contract-mounts.ts";
import { mountRoutes } from "./routes/mounts.ts";
import { type ApiServer, startApiServer } from "./server.ts";

class MountsError extends TypedError<"not-found" | "port-in-use"> {
  override readonly name = "MountsError";
}

let server: ApiServer;
afterEach(() => server.close());

async function begin(mounts: MountSwitch | undefined): Promise<void> {
  server = await startApiServer({
    routes: mountRoutes({ mounts } as unknown as ApiContext),
    ...{ token: "t", port: 0, consoleDirectory: "/nonexistent", openPaths: [], log: SILENT_LOG },
  });
}

async function call(method: string, path: string, body?: object): Promise<[number, unknown]> {
  const answer = await fetch(`http://127.0.0.1:${server.port}${path}`, {
    method,
    headers: { authorization: "Bearer t", "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  return [answer.status, text === "" ? undefined : JSON.parse(text)];
}

const mountOf = (name: string, port: number): MountBody => ({
  ...{ folderId: "id", name, port, token: "t", isOpen: true, trouble: "" },
  ...{ url: `http://127.0.0.1:${port}/t/`, passwordUrl: `http://127.0.0.1:${port}/dav/` },
});

test("a folder is mounted, listed and unmounted by name", async () => {
  const made: MountBody[] = [];
  await begin({
    list: () => made,
    mount: async (folder, port) => {
      if (folder === "nothing") throw new MountsError("not-found", "No such folder.");
      made.push(mountOf(folder, port === 0 ? 4_242 : port));
      return mountOf(folder, port === 0 ? 4_242 : port);
    },
    unmount: async (folder) => {
      made.splice(
        made.findIndex(({ name }) => name === folder),
        1,
      );
    },
  });
  expect(await call("POST", "/v1/mounts", { folder: "A b" })).toEqual([200, mountOf("A b", 4_242)]);
  expect(await call("POST", "/v1/mounts", { folder: "C", port: 9 })).toEqual([
    200,
    mountOf("C", 9),
  ]);
  expect((await call("POST", "/v1/mounts", { folder: "C", port: 65_536 }))[0]).toBe(400);
  expect(await call("POST", "/v1/mounts", { folder: "nothing" })).toMatchObject([404, {}]);
  expect((await call("DELETE", "/v1/mounts/A%20b"))[0]).toBe(204);
  expect(await call("GET", "/v1/mounts")).toEqual([200, { mounts: [mountOf("C", 9)] }]);
});

test("a process that mounts nothing says so", async () => {
  await begin(undefined);
  expect(await call("GET", "/v1/mounts")).toMatchObject([503, {}]);
});
