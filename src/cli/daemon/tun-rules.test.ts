import { expect, test } from "vitest";
import { settingsRules } from "./tun-rules.ts";

test("everybody may ask for an echo, contacts reach what is open, nobody anything else", () => {
  const contacts = { byDevice: (id: string) => (id === "fda" ? {} : undefined) };
  const mayEnter = settingsRules({ contacts } as never, ["tcp/22", "udp/53"]);
  expect(mayEnter("fdb", "icmp", 0)).toBe(true);
  expect(mayEnter("fda", "tcp", 22)).toBe(true);
  expect(mayEnter("fda", "udp", 53)).toBe(true);
  expect(mayEnter("fda", "udp", 22)).toBe(false);
  expect(mayEnter("fda", "tcp", 2)).toBe(false);
  expect(mayEnter("fdb", "tcp", 22)).toBe(false);
});
