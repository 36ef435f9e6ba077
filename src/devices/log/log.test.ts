import { describe, expect, test } from "vitest";
import { createNodeSuite } from "../../adapters/node/crypto.ts";
import { must } from "../../base/errors.ts";
import { deriveDevice, derivePerson } from "../../identity/index.ts";
import { testRandom } from "../../testing/index.ts";
import { LOG_OPS_MAX, LOG_OPS_RESERVED, OP_BYTES_MAX, OPS_PER_DEVICE_MAX } from "../limits.ts";
import { DeviceLog } from "./log.ts";
import { type DeviceChange, encodeOp, type Signer } from "./op.ts";

const suite = createNodeSuite();
const seedOf = (name: string): Uint8Array => suite.sha256(new TextEncoder().encode(name));
const root = derivePerson(suite, seedOf("anna")).signKey;
const deviceOf = (name: string) => deriveDevice(suite, seedOf(name));
const added = (name: string): DeviceChange => ({
  kind: "add",
  name,
  origin: "paired",
  vouchers: [],
});
const REVOKE: DeviceChange = { kind: "revoke" };

/** A log and what its devices say, one after another. */
class Notebook {
  log: DeviceLog = DeviceLog.empty(suite, root.publicKey);

  /** @param by a device's name; "root" for the person's own key */
  say(by: string, about: string, change: DeviceChange, from: DeviceLog = this.log): string {
    const bytes = from.sign(signerOf(by), deviceOf(about).signKey.publicKey, change, 5);
    const { log, fresh } = this.log.with([bytes]);
    this.log = log;
    return must(fresh[0], "it is new").id;
  }

  states(): Record<string, string> {
    const found: Record<string, string> = {};
    for (const { name, peerId, state } of this.log.devices.values()) {
      found[name === "" ? peerId : name] = state;
    }
    return found;
  }
}

function signerOf(name: string): Signer {
  return name === "root" ? root : deviceOf(name).signKey;
}

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    return (error as { readonly code: string }).code;
  }
  return "none";
}

describe("a device log", () => {
  test("grows by the person's key and by standing devices, and names who added whom", () => {
    const book = new Notebook();
    book.say("root", "laptop", {
      ...added("laptop"),
      kind: "add",
      origin: "first",
      name: "laptop",
      vouchers: [],
    });
    book.say("laptop", "phone", added("phone"));
    book.say("phone", "phone", { kind: "name", name: "Anna's phone" });
    expect(codeOf(() => book.say("stranger", "evil", added("evil")))).toBe("bad-op");
    expect(book.states()).toEqual({ laptop: "standing", "Anna's phone": "standing" });
    const phone = must(book.log.devices.get(deviceOf("phone").id), "it is there");
    expect([phone.addedBy, phone.rank, phone.depth]).toEqual([deviceOf("laptop").id, 1, 2]);
  });

  test("a senior device revokes a junior one, never the other way round", () => {
    const book = new Notebook();
    book.say("root", "laptop", added("laptop"));
    book.say("root", "phone", added("phone"));
    book.say("phone", "laptop", REVOKE);
    expect(book.states()).toEqual({ laptop: "standing", phone: "standing" });
    book.say("laptop", "phone", REVOKE);
    expect(book.states()).toEqual({ laptop: "standing", phone: "revoked" });
    book.say("root", "phone", added("phone"));
    expect(book.states()["phone"]).toBe("revoked");
  });

  test("what a revoked device signed without the revoker's knowledge is void, dated back or not", () => {
    const book = new Notebook();
    book.say("root", "laptop", added("laptop"));
    book.say("root", "phone", added("phone"));
    const before = book.log;
    book.say("phone", "watch", added("watch"));
    const known = book.log;
    const end = book.say("laptop", "phone", REVOKE);
    book.say("phone", "evil", added("evil"), before);
    book.say("phone", "later", added("later"));
    book.say("evil", "worse", added("worse"));
    expect(book.states()).toEqual({
      laptop: "standing",
      phone: "revoked",
      watch: "standing",
      evil: "void",
      later: "void",
      worse: "void",
    });
    expect(book.log.upTo(end).map(({ id }) => id)).toEqual([
      ...known.all().map(({ id }) => id),
      end,
    ]);
  });

  test("a device that takes its leave leaves what it added", () => {
    const book = new Notebook();
    book.say("root", "laptop", added("laptop"));
    const before = book.log;
    book.say("laptop", "laptop", REVOKE);
    book.say("laptop", "phone", added("phone"), before);
    expect(book.states()).toEqual({ laptop: "revoked", phone: "standing" });
  });

  test("revoking a device that was never heard of keeps it out", () => {
    const book = new Notebook();
    book.say("root", "laptop", added("laptop"));
    const before = book.log;
    book.say("root", "phone", REVOKE);
    book.say("laptop", "phone", added("phone"), before);
    expect(book.states()).toEqual({ laptop: "standing", phone: "revoked" });
  });

  test("a copied disk shows as a fork, and changes nothing else", () => {
    const book = new Notebook();
    book.say("root", "laptop", added("laptop"));
    const copy = book.log;
    book.say("laptop", "phone", added("phone"));
    book.say("laptop", "watch", added("watch"), copy);
    const laptop = book.log.devices.get(deviceOf("laptop").id);
    expect([laptop?.isForked, laptop?.state]).toEqual([true, "standing"]);
    expect(book.states()).toMatchObject({ phone: "standing", watch: "standing" });
  });
});

describe("bad operations", () => {
  const book = new Notebook();
  book.say("root", "laptop", added("laptop"));
  const op = must(book.log.all()[0], "one").bytes;

  test("forged, moved to another person's log, cut, swollen and future ones are refused whole", () => {
    const { log } = book;
    const flipped = new Uint8Array(op);
    flipped[20] = (flipped[20] ?? 0) ^ 1;
    expect(codeOf(() => log.with([flipped]))).toBe("bad-op");
    const bert = derivePerson(suite, seedOf("bert")).signKey.publicKey;
    expect(codeOf(() => DeviceLog.empty(suite, bert).with([op]))).toBe("bad-op");
    expect(codeOf(() => log.with([op.subarray(0, 60)]))).toBe("bad-op");
    expect(codeOf(() => log.with([new Uint8Array(OP_BYTES_MAX + 1)]))).toBe("bad-op");
    const parents = [new Uint8Array(16).fill(7)];
    const key = deviceOf("phone").signKey.publicKey;
    const future = encodeOp(root.publicKey, root, {
      parents,
      deviceSignKey: key,
      change: REVOKE,
      atMs: 1,
    });
    expect(codeOf(() => log.with([future]))).toBe("missing-past");
    const twice = encodeOp(root.publicKey, root, {
      parents: [...parents, ...parents],
      deviceSignKey: key,
      change: REVOKE,
      atMs: 1,
    });
    expect(codeOf(() => log.with([twice]))).toBe("bad-op");
    const tricky = log.sign(root, key, { kind: "name", name: "a\u202eb" }, 1);
    expect(codeOf(() => log.with([tricky]))).toBe("bad-op");
    expect(log.size).toBe(1);
  });

  test("replayed ones change nothing", () => {
    const { log, fresh } = book.log.with([op, op]);
    expect([log === book.log, fresh]).toEqual([true, []]);
  });

  test("random bytes are refused with a typed error", () => {
    const random = testRandom("ops");
    for (let run = 0; run < 200; run++) {
      const bytes = random.bytes(1 + (random.u32() % 300));
      expect(codeOf(() => book.log.with([bytes]))).toBe("bad-op");
    }
  });
});

describe("a flood", () => {
  test("by one device ends at its limit; the person and senior devices have room left", () => {
    const book = new Notebook();
    book.say("root", "laptop", added("laptop"));
    book.say("root", "phone", added("phone"));
    for (let count = 0; count < OPS_PER_DEVICE_MAX; count++) {
      book.say("phone", `evil ${count}`, added(`evil ${count}`));
    }
    const more = (): unknown => book.say("phone", "phone", { kind: "name", name: "x" });
    expect(codeOf(more)).toBe("log-full");
    for (let count = book.log.size; count < LOG_OPS_MAX - LOG_OPS_RESERVED; count++) {
      book.say(`evil ${count % OPS_PER_DEVICE_MAX}`, `evil ${count}`, added(`evil ${count}`));
    }
    expect(codeOf(() => book.say("laptop", "pad", added("pad")))).toBe("log-full");
    expect(codeOf(() => book.say("evil 1", "laptop", REVOKE))).toBe("log-full");
    book.say("laptop", "phone", REVOKE);
    // Whoever hears of all this at once takes the end of the flood as well.
    const whole = book.log.all().map(({ bytes }) => bytes);
    expect(DeviceLog.empty(suite, root.publicKey).with(whole).log.size).toBe(book.log.size);
    const standing = [...book.log.devices.values()].filter(({ state }) => state === "standing");
    // The revoking device knew of what the flood had added: it revokes that, too, one by one.
    expect(standing.length).toBeGreaterThan(2);
    while (book.log.size < LOG_OPS_MAX)
      book.say("root", "pad", { kind: "name", name: `${book.log.size}` });
    expect(codeOf(() => book.say("root", "pad", REVOKE))).toBe("log-full");
  }, 30_000);
});
