import { expect, test } from "vitest";
import { Carrier } from "./carrier.ts";

test("an interface is dead once its carrier is gone, if it was seen alive before", () => {
  let state: string | undefined = "0";
  const carrier = new Carrier(() => state);
  expect(carrier.isDead("eth0")).toBe(false);
  state = "1";
  expect(carrier.isDead("eth0")).toBe(false);
  state = "0";
  expect(carrier.isDead("eth0")).toBe(true);
  state = undefined;
  expect(carrier.isDead("eth0")).toBe(false);
  state = "1";
  expect(carrier.isDead("eth0")).toBe(false);
  carrier.keep(["eth1"]);
  state = "0";
  expect(carrier.isDead("eth0")).toBe(false);
});
