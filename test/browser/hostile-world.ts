import type { CurrencyBody } from "../../src/api/contract-money.ts";
import type { FakePeer } from "./fake-api.ts";
import { groupMessage } from "./fake-chats.ts";
import type { FakeCommunities } from "./fake-communities.ts";
import { idOf, objectOf } from "./fake-data.ts";
import type { FakeMoney } from "./fake-money.ts";
import { HOSTILE_STRINGS } from "./hostile-strings.ts";

/** Gives every text that comes from others to the peer, wherever others have a say. */
export function poison({ world, person, chats, money, communities, log }: FakePeer): void {
  const at = (index: number): string => HOSTILE_STRINGS[index % HOSTILE_STRINGS.length] ?? "";
  const some = HOSTILE_STRINGS;
  world.status = { ...world.status, name: at(0) };
  world.map = {
    ...world.map,
    peers: some.map((name, index) => ({ peerId: idOf(index), name, hops: 1, contact: null })),
  };
  world.contacts = some.map((petname, index) => ({
    ...{ personId: idOf(1000 + index), petname, state: "met", reachable: true, hops: 1 },
    ...{ unreadCount: 0, addedAtMs: 0, howMet: petname, verified: false, blocked: false },
    pictureAtMs: null,
  }));
  world.messages = some.map((text, index) => ({
    ...{ id: `hostile-${String(index).padStart(4, "0")}`, contact: text, personId: idOf(1000) },
    ...{ direction: "in", text, sentAtMs: index, state: "read", deliveredAtMs: null, kind: "file" },
    file: { link: text, name: text, sizeBytes: 1, mediaType: text },
  }));
  chats.messages = some.map((text, index) =>
    groupMessage(`hostile-${String(index).padStart(4, "0")}`, {
      ...{ author: text, authorId: idOf(index), text, group: text, state: "read", kind: "file" },
      file: { link: text, name: text, sizeBytes: 1, mediaType: text },
      ...(index % 9 === 0 ? { direction: "out", deliveredTo: some, memberCount: 200 } : {}),
    }),
  );
  chats.withoutKeys = [...some];
  chats.forked = [...some];
  world.objects = some.map((name, index) => objectOf(index, name, 40, 6));
  world.requests = {
    ...world.requests,
    requests: some.map((text, index) => ({
      ...{ id: idOf(index), personId: idOf(index), provenance: text, text, atMs: 0, endsAtMs: 0 },
      ...{ looksLike: text, suggestedName: text, device: text },
    })),
    waiting: some.map((text, index) => ({
      ...{ id: idOf(index), provenance: text, answer: "accept" as const, device: text },
    })),
  };
  const [first] = person.groups.groups;
  const [member] = first?.members ?? [];
  if (first !== undefined && member !== undefined) {
    const members = some.map((name, index) => ({
      ...{ ...member, person: idOf(index), name, label: name, addedBy: name, isYou: index === 0 },
      role: index === 0 ? ("owner" as const) : ("member" as const),
    }));
    person.groups = {
      groups: [{ ...first, members, forked: some }],
      offers: some.map((title, index) => ({ group: idOf(index), title, by: title, link: title })),
    };
  }
  const [device] = person.devices.devices;
  if (device !== undefined) {
    const devices = some.map((name, index) => ({
      ...{ ...device, peerId: idOf(index), name, addedBy: name, vouchedBy: [name] },
    }));
    person.devices = { ...person.devices, devices };
  }
  log.lines = some.map((text, index) => ({
    ...{ number: index + 1, atMs: index, level: "warn", event: text, fields: { [text]: text } },
  }));
  poisonMoney(money);
  poisonCommunities(communities);
}

/** Names of members, what they offer, and whatever the peer says in words. */
function poisonCommunities(fake: FakeCommunities): void {
  const some = HOSTILE_STRINGS;
  const [body] = fake.communities;
  const [account] = fake.accounts;
  const [listing] = fake.listings;
  const [proposal] = fake.proposals;
  const [entry] = fake.entries;
  if (body?.currency === null || body?.rules === null || body === undefined) return;
  if (account === undefined || listing === undefined || proposal === undefined) return;
  if (entry === undefined) return;
  const people = some.map((name, index) => ({ name, person: idOf(8200 + index) }));
  /** The first has them all; the same megabytes a hundred times would only be slow. */
  const peopleOf = (index: number): typeof people => (index === 0 ? people : people.slice(0, 2));
  const why = some.slice(0, 40).join(" ");
  const reasonsOf = (index: number) =>
    peopleOf(index).map((who) => {
      return { code: "steward", who, says: "other", word: who.name } as const;
    });
  fake.communities = some.map((text, index) => ({
    ...{ ...body, id: index === 0 ? body.id : idOf(8400 + index), group: text, trouble: text },
    currency: body.currency && {
      ...{ ...body.currency, name: text, unit: text, issuer: text, person: idOf(index) },
      lookalikes: [text],
      alike: [{ id: idOf(7300), name: text, issuer: text, person: idOf(7301) }],
    },
    rules: body.rules && { ...body.rules, stewards: peopleOf(index) },
    order: {
      ...{ id: idOf(8041), what: text, state: "waiting", signed: 0, needed: 2, why },
      reasons: reasonsOf(index),
      matter: { t: "pay", to: { name: text, person: idOf(8200) }, amount: "1.00", memo: text },
    },
    ...{
      applicants: peopleOf(index),
      exposure: peopleOf(index).map((one) => ({ ...one, amount: "1.00", limit: "2.00" })),
    },
  }));
  fake.accounts = people.map((one, index) => ({
    ...{ ...account, ...one, trouble: one.name, stoppedBy: peopleOf(index) },
  }));
  fake.listings = people.map((by, index) => ({
    ...{ ...listing, id: idOf(8600 + index), by, title: by.name, text: by.name, isYours: false },
  }));
  fake.proposals = people.map((one, index) => ({
    ...{ ...proposal, id: idOf(8800 + index), what: one.name, rules: null },
    matter: { t: "spend", from: one, to: one, amount: "1.00", memo: one.name },
    ...{ signedBy: peopleOf(index), waitsFor: peopleOf(index) },
  }));
  fake.entries = people.map((one) => ({ ...entry, with: one, memo: one.name }));
}

/** Names of people and currencies, what payments are for, and reasons; amounts are the peer's own. */
function poisonMoney(money: FakeMoney): void {
  const some = HOSTILE_STRINGS;
  const [currency] = money.currencies;
  const [line] = money.lines;
  const [entry] = money.entries;
  const [payment] = money.payments;
  const [receipt] = money.receipts;
  if (currency === undefined || line === undefined || entry === undefined) return;
  if (payment === undefined || receipt === undefined) return;
  const currencies = some.map((text, index) => ({
    ...{ ...currency, id: idOf(7000 + index), name: text, unit: text, issuer: text },
    ...{ title: text, lookalikes: [text], person: idOf(7200 + index) },
    alike: [{ id: idOf(7300), name: text, issuer: text, person: idOf(7301) }],
  }));
  const currencyOf = (index: number): CurrencyBody => currencies[index] ?? currency;
  money.currencies = currencies;
  money.lines = some.map((text, index) => ({
    ...{ ...line, with: text, currency: currencyOf(index), trouble: text },
    id: idOf(6300 + index),
    waitsFor: index % 9 === 8 ? "you" : null,
  }));
  money.entries = some.map((memo) => ({ ...entry, memo }));
  money.payments = some.map((text, index) => ({
    ...{ ...payment, id: idOf(7400 + index), payee: text, memo: text, currency: currencyOf(index) },
    ...{ why: text, reason: text, parts: [{ over: text, amount: "1.00", state: text }] },
    state: index % 2 === 0 ? "failed" : "locked",
  }));
  money.invoices = some.map((memo, index) => ({
    ...{ ...money.asked, id: idOf(7600 + index), memo, currency: currencyOf(index) },
    state: "open",
  }));
  money.receipts = some.map((text, index) => ({
    ...{ ...receipt, id: idOf(7800 + index), payee: text, memo: text, currency: currencyOf(index) },
  }));
  money.rates = some.map((by, index) => ({
    ...{ by, isYours: index % 9 === 0, give: "1.00", get: "2.00", expiresAtMs: 0 },
    ...{ giveCurrency: currencyOf(index), getCurrency: currencyOf(index + 1) },
  }));
  money.asked = { ...money.asked, payee: currencyOf(0).name, currency: currencyOf(1) };
}
