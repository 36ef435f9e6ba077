import { describe, expect, test } from "vitest";
import type { FindingBody, WhyReasonBody } from "../../../src/api/client/index.ts";
import { chooseLanguage } from "../words/language.ts";
import { formatBytes, formatMs } from "./format.ts";
import { findingIn, whyIn } from "./told.ts";

const NOW_MS = Date.UTC(2026, 5, 1);

async function inGerman(look: () => void): Promise<void> {
  Object.assign(globalThis, { document: { documentElement: {} } });
  await chooseLanguage("de");
  try {
    look();
  } finally {
    await chooseLanguage("en");
    Reflect.deleteProperty(globalThis, "document");
  }
}

const finding = (more: Partial<FindingBody>): FindingBody => ({
  ...{ id: "space", level: "ok", code: null, facts: {}, title: "A title.", advice: "" },
  ...more,
});

const why = (more: Partial<WhyReasonBody>): WhyReasonBody => ({
  ...{ code: "came", facts: {}, words: "Words.", advice: "Advice." },
  ...more,
});

describe("what the peer tells with a code", () => {
  test("is in English what it says", () => {
    expect(whyIn(why({}), NOW_MS)).toBe("Words. Advice.");
    expect(findingIn(finding({ code: "space", facts: { gigabytes: "1.5" } })).title).toBe(
      "A title.",
    );
  });

  test("has German words of its own, with names made safe to show", async () => {
    await inGerman(() => {
      const away = why({ code: "no-keys", facts: { name: "Ben\u202e\n" } });
      expect(whyIn(away, NOW_MS)).toMatch(/^Ben ist weg/);
      const carried = why({ code: "carried", facts: { count: 1, atMs: NOW_MS } });
      expect(whyIn(carried, NOW_MS)).toMatch(/trägt einer deiner Kontakte die Nachricht/);
      const space = findingIn(finding({ code: "space", facts: { gigabytes: "1.5" } }));
      expect(space).toEqual({ title: "1,5 GB frei auf der Platte des Peers", advice: "" });
    });
  });

  test("is said of transports and small disks in German as well", async () => {
    await inGerman(() => {
      const told = (code: FindingBody["code"], facts: FindingBody["facts"]): string =>
        findingIn(finding({ code, facts })).title;
      expect(told("space-low", { gigabytes: "0.0", size: "65.5 kB" })).toBe(
        "Nur 65,5 kB sind auf der Platte des Peers frei.",
      );
      expect(told("udp", { family: 4, port: 7 })).toBe("IPv4 ist da; unser UDP-Port ist 7");
      expect(told("multicast-not", { family: 6, why: "" })).toContain("Keine Netzkarte");
      expect(told("tcp-counts", { count: 1, refused: 2, dropped: 0 })).toContain("1 Verbindung,");
    });
  });

  test("stands beside sizes and times with the comma of the language", async () => {
    expect([formatBytes(5e9), formatMs(1_234)]).toEqual(["5.0 GB", "1.2 s"]);
    await inGerman(() => {
      expect([formatBytes(5e9), formatMs(1_234)]).toEqual(["5,0 GB", "1,2 s"]);
    });
  });

  test("says in German what was looked at where only the peer's words tell what was found", async () => {
    await inGerman(() => {
      const said = { title: "UDP is open.", advice: "" };
      expect(findingIn(finding({ ...said, id: "udp-ipv4" }))).toEqual({
        title: "UDP über IPv4: in Ordnung",
        advice: "Der Peer sagt: „UDP is open.“",
      });
      expect(findingIn(finding({ ...said, id: "of-a-newer-peer" })).title).toMatch(/UDP is open/);
      const newer = { code: "of-a-newer-peer" } as unknown as Partial<WhyReasonBody>;
      expect(whyIn(why(newer), NOW_MS)).toBe("Words. Advice.");
    });
  });
});
