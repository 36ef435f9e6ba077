import { afterEach, describe, expect, test } from "vitest";
import { sharedUplink, type UplinkPair } from "../../../test/support/uplink-pair.ts";
import { TypedError } from "../../base/errors.ts";
import { SILENT_LOG } from "../../ports/index.ts";
import type { ApiContext } from "../context.ts";
import { startApiServer } from "../server.ts";
import { uplinkRoutes } from "./uplink.ts";

class RoutesError extends TypedError<"no-permission"> {
  override readonly name = "RoutesError";
}

let close: (() => Promise<void>) | undefined;
afterEach(async () => {
  await close?.();
  close = undefined;
});

/** The API of Anna's or Ben's gateway, whose routes can or cannot be made. */
async function apiOf(setup: UplinkPair, who: "anna" | "ben", canMake: boolean) {
  const { gateway } = setup[who];
  const applied: boolean[] = [];
  const isFull = (): boolean => {
    const { fullTunnel, shares } = gateway.uplink.settings();
    return fullTunnel || shares.some((share) => share.fullTunnel === true);
  };
  const fullTunnels = {
    apply: () => {
      applied.push(isFull());
      if (isFull() && !canMake) throw new RoutesError("no-permission", "Only root may.");
    },
    body: () => ({ state: "blocked", words: "Not yet.", users: null }) as const,
  };
  const context = { peer: { gateway }, poke: () => {}, fullTunnels } as unknown as ApiContext;
  const server = await startApiServer({
    routes: uplinkRoutes(context),
    ...{ token: "t", port: 0, consoleDirectory: "/nonexistent", openPaths: [], log: SILENT_LOG },
  });
  close = () => server.close();
  const call = async (path: string, body: object): Promise<[number, unknown]> => {
    // The disk of the village moves only when it is told to.
    const disk = setInterval(() => setup.village.settle(), 1);
    const answer = await fetch(`http://127.0.0.1:${server.port}/v1/uplink/${path}`, {
      method: "POST",
      headers: { authorization: "Bearer t", "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    clearInterval(disk);
    return [answer.status, await answer.json()];
  };
  return { gateway, applied, call };
}

describe("a full tunnel by the API", () => {
  test("is made when it is asked for, and unmade", async () => {
    const { gateway, applied, call } = await apiOf(sharedUplink(), "ben", true);
    const [status, body] = await call("use", { who: "anna", fullTunnel: true });
    expect([status, gateway.uplink.settings().fullTunnel]).toEqual([200, true]);
    expect(body).toMatchObject({
      use: "anna",
      fullTunnel: { state: "blocked", words: "Not yet." },
    });
    await call("off", { what: "use" });
    expect(gateway.uplink.settings()).toMatchObject({ use: undefined, fullTunnel: false });
    expect(applied).toEqual([true, false]);
  });

  test("that cannot be made leaves everything as it was, and says why", async () => {
    const { gateway, applied, call } = await apiOf(sharedUplink(), "ben", false);
    const before = gateway.uplink.settings();
    const [status, body] = await call("use", { who: "anna", fullTunnel: true });
    expect([status, JSON.stringify(body)]).toEqual([
      400,
      expect.stringContaining("Only root may. Nothing was changed."),
    ]);
    expect(gateway.uplink.settings()).toEqual(before);
    expect(applied).toEqual([true, false]);
  });

  test("that cannot be shared is shared by connections only, and says so", async () => {
    const { gateway, call } = await apiOf(sharedUplink(), "anna", false);
    const [status, body] = await call("share", { to: "ben", fullTunnel: true });
    expect([status, JSON.stringify(body)]).toEqual([
      400,
      expect.stringContaining("It is shared by connections only for now."),
    ]);
    expect(gateway.uplink.settings().shares).toMatchObject([{ fullTunnel: false }]);
  });
});

test("a line that costs by the byte is shared only where that is said", async () => {
  const { gateway, call } = await apiOf(sharedUplink(), "anna", true);
  gateway.setMetered(true);
  const [refused, why] = await call("share", { to: "ben" });
  expect([refused, JSON.stringify(why)]).toEqual([400, expect.stringContaining("--metered-ok")]);
  const [status, body] = await call("share", { to: "ben", meteredOk: true });
  expect([status, body]).toEqual([201, expect.objectContaining({ meteredOk: true })]);
});
