import { expect, test } from "vitest";
import { LinkError } from "../link/index.ts";
import { SILENT_LOG } from "../ports/index.ts";
import { PeerError } from "./errors.ts";
import { InviteLinks } from "./invite-links.ts";
import { INVITE_LINKS_MAX } from "./limits.ts";

/** A link room that remembers what it keeps dialled. */
class Dialled extends Set<string> {
  placesMax = Number.POSITIVE_INFINITY;

  addStaticLink(endpoint: string): void {
    if (this.size >= this.placesMax) throw new LinkError("too-many", "remove one first");
    if (!endpoint.startsWith("tcp://")) throw new PeerError("bad-endpoint", "no such transport");
    this.add(endpoint);
  }
  removeStaticLink(endpoint: string): void {
    this.delete(endpoint);
  }
}

const at = (number: number): string => `tcp://192.0.2.1:${number}`;

test(`at most ${INVITE_LINKS_MAX} endpoints of invites are dialled; the oldest give way`, () => {
  const link = new Dialled();
  const links = new InviteLinks(link, [], SILENT_LOG);
  for (let i = 0; i < INVITE_LINKS_MAX; i++) links.dial([at(i)]);
  expect(link.size).toBe(INVITE_LINKS_MAX);
  links.dial([at(0)]); // again: now the newest
  links.dial([at(INVITE_LINKS_MAX)]);
  expect(link.size).toBe(INVITE_LINKS_MAX);
  expect(link.has(at(0))).toBe(true);
  expect(link.has(at(1))).toBe(false);
  expect(link.has(at(INVITE_LINKS_MAX))).toBe(true);
});

test("what this person asked for is never given up, and useless endpoints are passed over", () => {
  const link = new Dialled([at(9_999)]);
  const links = new InviteLinks(link, [at(9_999)], SILENT_LOG);
  links.dial([at(9_999), "carrier-pigeon://loft", at(1)]);
  for (let i = 2; i <= INVITE_LINKS_MAX + 1; i++) links.dial([at(i)]);
  expect(link.has(at(9_999))).toBe(true);
  expect(link.has(at(1))).toBe(false);
  expect(link.size).toBe(INVITE_LINKS_MAX + 1);
});

test("an endpoint that is of no use pushes none out that is", () => {
  const link = new Dialled();
  const links = new InviteLinks(link, [], SILENT_LOG);
  for (let i = 0; i < INVITE_LINKS_MAX; i++) links.dial([at(i)]);
  links.dial(["carrier-pigeon://loft"]);
  expect(link.has(at(0))).toBe(true);
  expect(link.size).toBe(INVITE_LINKS_MAX);
});

test("where the link room has no more places, the oldest of other invites gives way, own links never", () => {
  const link = new Dialled([at(9_998), at(9_999)]);
  link.placesMax = 4;
  const links = new InviteLinks(link, [at(9_998), at(9_999)], SILENT_LOG);
  links.dial([at(1), at(2), at(3)]);
  expect([...link]).toEqual([at(9_998), at(9_999), at(2), at(3)]);
  link.placesMax = 2;
  links.dial([at(4)]);
  expect([...link]).toEqual([at(9_998), at(9_999)]);
});
