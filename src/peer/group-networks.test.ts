import { expect, test } from "vitest";
import { Coop, type Fellow } from "../../test/support/coop.ts";
import { suite } from "../../test/support/hamlet.ts";
import type { GroupInfo } from "../groups/index.ts";
import type { PersonId } from "../identity/index.ts";
import { GroupNetworks } from "./group-networks.ts";
import { NETWORK_LOOK_MS } from "./limits.ts";

const SECOND_MS = 1_000;

/** Anna, Ben and Cleo in a group, Dora in none; each with what they know of its network. */
class Village {
  readonly coop: Coop = new Coop("networks");
  readonly blocked: Set<PersonId> = new Set();
  readonly anna: Fellow = this.coop.add("anna");
  readonly ben: Fellow = this.coop.add("ben");
  readonly cleo: Fellow = this.coop.add("cleo");
  readonly dora: Fellow = this.coop.add("dora");
  readonly id: string;

  constructor() {
    const { coop, anna } = this;
    this.id = (coop.ask<GroupInfo>((done) => anna.live.create("Coop", done)) as GroupInfo).id;
    const terms = { uses: 2, role: "member", endpoints: [] } as const;
    const made = coop.ask<{ link: string }>((done) => anna.does.invite(this.id, terms, done));
    for (const guest of [this.ben, this.cleo]) {
      coop.ask((done) => guest.live.join((made as { link: string }).link, done));
      coop.pass(5 * SECOND_MS);
    }
  }

  of(fellow: Fellow): GroupNetworks {
    const { coop, blocked } = this;
    return new GroupNetworks({
      ...{ identity: fellow.identity, suite, clock: coop.clock, groups: fellow.live },
      contacts: { all: () => [], about: { isBlocked: (person) => blocked.has(person) } },
      routing: { routes: () => coop.all.filter((each) => each !== fellow) },
      devices: { isRevoked: () => false, stands: ({ id }) => !coop.revoked.has(id) },
    });
  }

  /** Whether a packet of `from` to `to` passes where it begins, and where it ends. */
  passes(from: Fellow, to: Fellow): readonly [boolean, boolean] {
    const [here, there] = [this.of(from), this.of(to)];
    const source = here.addressOf(this.id, from.identity.id);
    const destination = here.addressOf(this.id, to.identity.id);
    return [
      here.deviceAt(source, destination) === to.identity.id,
      there.deviceAt(destination, source) === from.identity.id,
    ];
  }
}

test("members have addresses for each other, and nobody else has or is given one", () => {
  const village = new Village();
  const { anna, ben, cleo, dora } = village;
  for (const [from, to] of [
    [anna, ben],
    [ben, cleo],
    [cleo, anna],
  ] as const) {
    expect(village.passes(from, to)).toEqual([true, true]);
  }
  expect(village.of(anna).own()).toHaveLength(1);
  expect(village.of(dora).own()).toEqual([]);
  expect(village.passes(dora, anna)).toEqual([false, false]);
  expect(village.passes(anna, dora)).toEqual([false, false]);
  expect(village.passes(anna, anna)).toEqual([false, false]);
});

test("who was removed is out at both ends once these know it, whatever stands there", () => {
  const village = new Village();
  const { coop, anna, ben, cleo, id } = village;
  coop.split([cleo], [anna, ben]);
  coop.ask((done) => anna.does.remove(id, [ben.person], done));
  coop.pass(5 * SECOND_MS);
  expect(village.passes(anna, ben)[0]).toBe(false);
  expect(village.passes(ben, anna)[1]).toBe(false);
  expect(village.passes(ben, cleo)[1]).toBe(true);
  coop.merge();
  coop.pass(20 * SECOND_MS);
  expect(village.passes(ben, cleo)[1]).toBe(false);
  expect(village.passes(cleo, ben)[0]).toBe(false);
  expect(village.passes(anna, cleo)).toEqual([true, true]);
});

test("a revoked device and a blocked person are out, at the latest after a second", () => {
  const village = new Village();
  const { coop, anna, ben, cleo, id } = village;
  const network = village.of(anna);
  const own = network.addressOf(id, anna.identity.id);
  const seen = (of: Fellow): boolean =>
    network.deviceAt(own, network.addressOf(id, of.identity.id)) !== undefined;
  expect([seen(ben), seen(cleo)]).toEqual([true, true]);
  coop.revoked.add(ben.identity.id);
  village.blocked.add(cleo.person);
  expect([seen(ben), seen(cleo)]).toEqual([true, true]);
  coop.clock.advance(NETWORK_LOOK_MS);
  expect([seen(ben), seen(cleo)]).toEqual([false, false]);
  coop.revoked.clear();
  network.changed();
  expect([seen(ben), seen(cleo)]).toEqual([true, false]);
  expect(network.deviceOf(network.addressOf(id, ben.identity.id))).toBe(ben.identity.id);
});
