import { expect, test } from "vitest";
import { Hamlet, type Hamleteer } from "../../test/support/hamlet.ts";
import { must } from "../base/errors.ts";
import { FETCHES_MAX, WANT_ENTRIES_MAX } from "./limits.ts";

/** Peers in a row, each of whom sees the next only, write one file in turn, having seen each other. */
function turns(writers: number, rounds: number): { hamlet: Hamlet; id: string; first: Hamleteer } {
  const hamlet = new Hamlet(`${writers} ${rounds}`);
  const peers = Array.from({ length: writers }, (_, i) => hamlet.add(`w${i}`));
  const first = must(peers[0], "there is one");
  const id = hamlet.create(first, "f");
  for (const peer of peers.slice(1)) hamlet.invite(first, peer, id);
  for (let round = 0; round < rounds; round++) {
    for (const peer of peers) {
      hamlet.write(peer, id, "x", `${round} ${peer.name}`);
      hamlet.settle();
    }
  }
  return { hamlet, id, first };
}

test.each([
  [2, WANT_ENTRIES_MAX + 10],
  [FETCHES_MAX + 3, 3],
])("%d logs of %d entries that build on each other all come to who is new", (writers, rounds) => {
  const { hamlet, id, first } = turns(writers, rounds);
  const fresh = hamlet.add("fresh");
  for (const other of hamlet.all) if (other !== first && other !== fresh) hamlet.part(fresh, other);
  hamlet.invite(first, fresh, id, false);
  // No time passes: nothing is got by trying again later.
  hamlet.settle();
  expect(fresh.live.info(id)).toMatchObject({ writers, missing: 0, conflicts: 0, files: 1 });
  const versions = (peer: Hamleteer): readonly string[] =>
    peer.live.history(id, "x").map(({ version }) => version);
  expect(versions(fresh)).toEqual(versions(first));
  expect(first.live.history(id, "x")[0]?.writer).toBe(`w${writers - 1}`);
});

test("what one peer cannot give comes from another", () => {
  const hamlet = new Hamlet(3);
  const [anna, ben, cleo] = [hamlet.add("anna"), hamlet.add("ben"), hamlet.add("cleo")];
  const id = hamlet.create(anna, "f");
  hamlet.invite(anna, ben, id);
  hamlet.write(anna, id, "x", "1");
  hamlet.settle(2);
  hamlet.write(ben, id, "x", "2");
  hamlet.settle(2);
  // Anna loses what she had of her own log: she still says where it ends, and cannot send it.
  const lost = [...anna.disk.kept.keys()].filter((key) => key.startsWith("folders/e/"));
  for (const key of lost) anna.disk.kept.delete(key);
  hamlet.part(ben, cleo);
  hamlet.invite(anna, cleo, id);
  hamlet.settle();
  expect(cleo.live.info(id)).toMatchObject({ files: 0, missing: 2 });
  hamlet.join(ben, cleo);
  hamlet.settle(2);
  expect(cleo.live.info(id)).toMatchObject({ files: 1, missing: 0, conflicts: 0 });
});
