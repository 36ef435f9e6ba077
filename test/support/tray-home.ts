import { utf8 } from "../../src/base/bytes.ts";
import { ContactsError } from "../../src/contacts/errors.ts";
import { checkPetname } from "../../src/contacts/petname.ts";
import { SHOWN_DAY_MS } from "../../src/contacts/strangers/limits.ts";
import { TrayExchange } from "../../src/contacts/strangers/own/exchange.ts";
import type { TrayAnswer } from "../../src/contacts/strangers/types.ts";
import {
  decodePeerRecord,
  encodePeerRecord,
  type LocalIdentity,
  makeLocalIdentity,
  type PeerId,
  type PeerRecord,
} from "../../src/identity/index.ts";
import { SILENT_LOG } from "../../src/ports/index.ts";
import { ManualClock, testRandom } from "../../src/testing/index.ts";
import { SessionNet } from "./session-net.ts";
import { TestDesk } from "./stranger-desk.ts";
import { suite } from "./village.ts";

/** How a device is other than usual. */
export interface DeviceOptions {
  /** Whether it stands in the person's log; usually it does. */
  readonly isOwn?: boolean;
  readonly person?: string;
  /** How far its wall clock is ahead. */
  readonly skewMs?: number;
}

/** The clock of a home, with other wall time. */
class SkewedClock extends ManualClock {
  readonly #clock: ManualClock;
  readonly #skewMs: number;

  constructor(clock: ManualClock, skewMs: number) {
    super();
    this.#clock = clock;
    this.#skewMs = skewMs;
  }

  override monotonicMs(): number {
    return this.#clock.monotonicMs();
  }

  override wallMs(): number {
    return this.#clock.wallMs() + this.#skewMs;
  }
}

/** A device of somebody, with its tray. */
export class TrayDevice {
  readonly name: string;
  readonly desk: TestDesk;
  readonly identity: LocalIdentity;
  readonly record: PeerRecord;
  tray: TrayExchange;
  readonly #home: TrayHome;
  readonly #clock: ManualClock;

  constructor(home: TrayHome, name: string, { person = "anna", skewMs = 0 }: DeviceOptions) {
    this.#home = home;
    this.name = name;
    this.#clock = new SkewedClock(home.clock, skewMs);
    const seed = suite.sha256(utf8(`device ${name}`));
    this.identity = makeLocalIdentity(suite, seed, suite.sha256(utf8(`person ${person}`)));
    this.record = decodePeerRecord(suite, encodePeerRecord(this.identity, { name, seqno: 1 }));
    this.desk = new TestDesk(name, this.#clock);
    this.tray = this.start();
  }

  start(): TrayExchange {
    const { desk, identity } = this;
    this.tray = new TrayExchange({
      ...{ suite, identity, clock: this.#clock, log: SILENT_LOG, strangers: desk.live },
      random: testRandom(this.name),
      sessions: this.#home.net.join(this.record),
      records: desk.disk.open(),
      isOwn: (peer) => this.#home.own.has(peer) && peer !== identity.id,
      isSettled: (person) => desk.contacts.has(person) || desk.taken.includes(person),
      checkName: (name) => {
        if (name === "taken") throw new ContactsError("name-taken", "It is taken.");
        return checkPetname(name);
      },
      onRequestsChanged: () => undefined,
    });
    this.tray.load((error) => {
      if (error !== null) throw error;
    });
    desk.settle();
    return this.tray;
  }

  /** What it shows: who, and whether that came to another device. */
  shown(): readonly string[] {
    return this.tray
      .requests()
      .map(({ name, device }) => (device === undefined ? name : `${name} there`))
      .toSorted();
  }

  answer(name: string, answer: TrayAnswer, petname?: string): string {
    const id = this.tray.requests().find((one) => one.name === name)?.id ?? "none";
    let outcome = "never";
    this.tray.answer(id, answer, petname, (error) => {
      outcome = error?.code ?? "none";
    });
    this.#home.settle();
    return outcome;
  }
}

/** Devices of one person, or not. */
export class TrayHome {
  readonly clock: ManualClock = new ManualClock();
  readonly net: SessionNet = new SessionNet(testRandom("trays"), true);
  /** Devices that stand in the person's log. */
  readonly own: Set<PeerId> = new Set();
  readonly devices: TrayDevice[] = [];

  add(name: string, options: DeviceOptions = {}): TrayDevice {
    const { isOwn = true } = options;
    const device = new TrayDevice(this, name, options);
    this.devices.push(device);
    if (isOwn) this.own.add(device.identity.id);
    return device;
  }

  /** All are in reach of each other, or nobody is. */
  join(isTogether = true): void {
    for (const one of this.devices) {
      for (const { identity } of this.devices) {
        if (identity.id === one.identity.id) continue;
        if (isTogether) one.tray.peerReachable(identity.id);
        else {
          one.tray.peerUnreachable(identity.id);
          this.net.cut(one.identity.id, identity.id);
        }
      }
    }
    this.settle();
  }

  settle(): void {
    for (let step = 0; step < 100_000; step++) {
      const busy = this.devices.find(({ desk }) => desk.disk.busy);
      if (busy !== undefined) busy.desk.disk.step();
      else if (this.net.busy) this.net.step();
      else return;
    }
    throw new RangeError("They never come to rest.");
  }

  /** Another day begins, by UTC. */
  passToMidnight(): void {
    this.pass(SHOWN_DAY_MS - (this.clock.wallMs() % SHOWN_DAY_MS));
  }

  pass(ms: number): void {
    this.clock.advance(ms);
    for (const { desk, tray } of this.devices) {
      desk.live.tick();
      tray.tick();
    }
    this.settle();
  }
}

/** A laptop and a phone, in the order in which they have their turns. */
export function twoTrays(): { home: TrayHome; first: TrayDevice; second: TrayDevice } {
  const home = new TrayHome();
  home.clock.advance(100 * SHOWN_DAY_MS);
  const devices = [home.add("laptop"), home.add("phone")];
  const [first, second] = devices.toSorted((a, b) => (a.identity.id < b.identity.id ? -1 : 1));
  if (first === undefined || second === undefined) throw new RangeError("There are two.");
  return { home, first, second };
}

/** Somebody brings a stranger to a device. @throws RangeError where that is refused */
export function bring(device: TrayDevice, from: string, who: string): void {
  const friend = device.desk.befriend(from);
  const heard = device.desk.hears(friend, device.desk.bring(who));
  if (heard?.t !== "taken") throw new RangeError(`${who} is not taken: ${JSON.stringify(heard)}`);
}
