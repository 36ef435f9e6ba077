import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ofClock, ofDiagnostic, ofHome, ofNode, ofSpace, ofStanding } from "./diagnose.ts";

test("a device that was revoked is told so, and how to go on", () => {
  expect(ofStanding(false)).toEqual([]);
  expect(ofStanding(true)).toMatchObject([
    { level: "problem", advice: expect.stringContaining("peernet device join") },
  ]);
});

test("clocks before this code was written, or a lifetime later, are problems", () => {
  expect(ofClock(new Date("2026-01-01T00:00:00Z")).level).toBe("ok");
  expect(ofClock(new Date("2099-12-31T23:59:59Z")).level).toBe("ok");
  expect(ofClock(new Date("2025-12-31T23:59:59Z"))).toMatchObject({ level: "problem" });
  expect(ofClock(new Date("2100-01-01T00:00:00Z")).title).toContain("2100");
});

test("Node is old before 20.19", () => {
  expect(ofNode("20.19.0").level).toBe("ok");
  expect(ofNode("22.0.0").level).toBe("ok");
  expect(ofNode("20.18.9")).toMatchObject({ level: "problem" });
  expect(ofNode("18.20.0").advice).toContain("20.19");
});

test("space is that of the disk where the home is, or will be", async () => {
  const directory = await mkdtemp(join(tmpdir(), "peernet-diagnose-"));
  try {
    const [there, later] = [await ofSpace(directory), await ofSpace(join(directory, "a", "b"))];
    expect([there.id, later.id]).toEqual(["space", "space"]);
    expect(later.level).toBe(there.level);
    expect(later.title).toMatch(/\d (MB|GB|TB) /);
    expect(later.facts["size"]).toMatch(/ [kMGT]?B$/);
    expect(await ofHome(join(directory, "a"))).toMatchObject({ id: "home", level: "ok" });
  } finally {
    await rm(directory, { recursive: true });
  }
});

test("space that cannot be read is no good news", async () => {
  const directory = await mkdtemp(join(tmpdir(), "peernet-diagnose-"));
  try {
    const file = join(directory, "file");
    await writeFile(file, "");
    const finding = await ofSpace(join(file, "home"));
    expect(finding).toMatchObject({ id: "space", level: "hint" });
    expect(finding.title).toContain("a part of its path is no folder");
    expect(finding.title).not.toContain("ENOTDIR");
    expect(finding.advice).toContain("df -h");
  } finally {
    await rm(directory, { recursive: true });
  }
});

test("what a transport has found keeps its code, so that other languages have words for it", () => {
  const told = { code: "heard-not", facts: { port: 47_117 } } as const;
  const detail = "Our own beacons do not come back. Allow UDP port 47117.";
  expect(ofDiagnostic({ id: "multicast-heard", ok: false, detail, told })).toEqual({
    ...{ id: "multicast-heard", level: "hint", ...told },
    ...{ title: "Our own beacons do not come back.", advice: "Allow UDP port 47117." },
  });
  const fine = ofDiagnostic({ id: "udp-fast", ok: true, detail: "Fast.", told: { ...told } });
  expect(fine).toMatchObject({ level: "ok", ...told, advice: "" });
  expect(ofDiagnostic({ id: "names", ok: true, detail: "Fine." }).code).toBeNull();
});
