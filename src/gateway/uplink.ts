import type { PeerId, PeerRecord, PersonId } from "../identity/index.ts";
import type { DiskError, RecordStore, Timed } from "../ports/index.ts";
import type { Access } from "./access.ts";
import type { Account } from "./account.ts";
import { Accounts } from "./accounts.ts";
import { type AddressRange, isInRange, isInternet, parseIp, parseRange } from "./addresses.ts";
import type { Decision } from "./answering.ts";
import type { GatewayError } from "./errors.ts";
import { ExitLine, NO_NEAR, UserLine } from "./full-lines.ts";
import type { FullTunnelEvents } from "./full-tunnel.ts";
import type { ExitPackets, UserMeter } from "./ip/full/exit.ts";
import { Kept } from "./kept.ts";
import { READING_IDLE_MS, READING_INTERVAL_MS } from "./limits.ts";
import { type LineMeter, MeteredLine } from "./metered.ts";
import { Metering, type MeteringOptions } from "./metering.ts";
import type { RefusalCode, Wanted } from "./opening.ts";
import { Pacer } from "./pacer.ts";
import type { Join } from "./reaching.ts";
import type { LocalNet, Membership, People } from "./types.ts";
import { type Share, UPLINK_FORM, type UplinkSettings, withShare } from "./uplink-settings.ts";
import { isMeant, whoKey } from "./who.ts";

/** What is left of a quota lets packets pass again from so many bytes on. */
const PACKET_BYTES_USUAL = 1_500;
/** The name under which rules may deny somebody the uplink. */
const SERVICE_NAME = "gateway";
const NO_EARLY = new Uint8Array(0);

/** What uplinks need besides what readings do. */
export interface UplinkOptions extends MeteringOptions {
  readonly records: RecordStore;
  readonly people: People;
  readonly groups: Membership;
  readonly net: LocalNet;
}

/** A share while it is in use. */
interface Grant {
  readonly pacer: Pacer;
  share: Share;
  ranges: readonly AddressRange[];
  /** Day (since 1970) that `usedBytes` counts. */
  day: number;
  usedBytes: number;
}

/**
 * Uplinks: lets contacts reach the internet through this machine, within quota and rate, and this
 * machine's programs through a contact's. Both sides count, and agree by signed readings.
 */
export class Uplink implements Timed {
  readonly accounts: Accounts;
  readonly #options: UplinkOptions;
  readonly #access: Access;
  readonly #kept: Kept<UplinkSettings>;
  readonly #metering: Metering;
  readonly #grants = new Map<string, Grant>();
  /** Where packets of full tunnels leave, while this machine has a place for that. */
  exit: ExitPackets | undefined;
  /** This machine's line costs by the byte: only who shares it knowingly does. */
  isMetered = false;
  /** When each account of ours as user is to be settled next. */
  readonly #settleAtMs = new Map<Account, number>();

  /** @param onChanged called after every change of what is shared */
  constructor(options: UplinkOptions, access: Access, onChanged: () => void) {
    this.#options = options;
    this.#access = access;
    this.#kept = new Kept(options.records, UPLINK_FORM, () => {
      this.#renewGrants();
      onChanged();
    });
    this.accounts = new Accounts(options.records, options.clock, options.log);
    this.#metering = new Metering(options, this.accounts);
  }

  /** Reads settings and counters. */
  load(done: (error: DiskError | null) => void): void {
    this.#kept.load((error) => {
      this.accounts.load((accountsError) => done(error ?? accountsError));
    });
  }

  /** What is shared and used. */
  settings(): UplinkSettings {
    return this.#kept.value;
  }

  /** Opens the uplink to somebody. Errors: "bad-rule", "too-many", "busy", "disk-full", "disk". */
  share(share: Share, done: (error: GatewayError | null) => void): void {
    this.#kept.change((now) => withShare(now, share), done);
  }

  /** Closes the uplink to everybody; connections that use it end. */
  shareNothing(done: (error: GatewayError | null) => void): void {
    this.#kept.change((now) => ({ ...now, shares: [] }), done);
  }

  /**
   * Programs use this person's uplink from now on; undefined: nobody's.
   * @param fullTunnel all of this machine's internet goes by it, and none by its own line
   */
  use(
    person: PersonId | undefined,
    done: (error: GatewayError | null) => void,
    fullTunnel = false,
  ): void {
    this.#kept.change((now) => ({ ...now, use: person, fullTunnel }), done);
  }

  /** Bytes that passed by a share today. */
  usedToday(share: Share): number {
    const today = this.accounts.today();
    let used = 0;
    for (const account of this.accounts.all()) {
      if (account.role !== "exit" || account.day < today) continue;
      const person = this.#options.people.personOf(account.peer);
      if (person !== undefined && this.#shareFor(person) === share) used += account.dayBytes;
    }
    return used;
  }

  /** What is done about a peer that wants a host of the internet. */
  decide(from: PeerRecord, wanted: Extract<Wanted, { readonly t: "host" }>): Decision {
    const share = this.#shareOf(from.id);
    if (share === undefined) return { refusal: "denied" };
    if (!this.#isCheapFor(share)) return { refusal: "metered" };
    const grant = this.#grantOf(share);
    if (this.#leftToday(grant) <= 0) return { refusal: "quota" };
    const account = this.accounts.open("exit", from.id);
    if (account === undefined) return { refusal: "busy" };
    const mayReach = (address: string): boolean => {
      const bytes = parseIp(address);
      if (bytes === undefined) return false;
      return isInternet(address) || grant.ranges.some((range) => isInRange(bytes, range));
    };
    const { host, port } = wanted;
    return {
      dial: (done) => this.#options.net.dial({ t: "internet", host, port, mayReach }, done),
      join: (stream, near, ends) => {
        const meter = this.#exitMeter(grant, account);
        return new MeteredLine(stream, near, meter, ends, NO_EARLY);
      },
      mayStay: () => this.#isCheapFor(this.#shareOf(from.id)),
    };
  }

  /** What is done about a peer that wants a full tunnel. */
  decideFull(from: PeerRecord): Decision {
    const share = this.#shareOf(from.id);
    const { exit } = this;
    if (share === undefined) return { refusal: "denied" };
    if (!this.#isCheapFor(share)) return { refusal: "metered" };
    if (!share.fullTunnel || exit === undefined) return { refusal: "no-full-tunnel" };
    const grant = this.#grantOf(share);
    if (this.#leftToday(grant) <= 0) return { refusal: "quota" };
    const account = this.accounts.open("exit", from.id);
    if (account === undefined) return { refusal: "busy" };
    return {
      dial: (done) => {
        done(null, NO_NEAR);
        return () => undefined;
      },
      join: (stream, _near, ends) => {
        const line: ExitLine = new ExitLine(stream, ends, () => {
          meter.onOver();
          exit.close(from.id, user);
        });
        const meter = this.#exitMeter(grant, account);
        const user = this.#packetMeter(grant, account, meter, line);
        const lease = exit.open(from.id, user);
        if (lease === undefined) stream.reset();
        else line.lease(lease);
        return line;
      },
      mayStay: () => {
        const now = this.#shareOf(from.id);
        return this.exit === exit && now?.fullTunnel === true && this.#isCheapFor(now);
      },
    };
  }

  /** How the stream of a full tunnel to an exit is joined. */
  joinFullAsUser(exit: PeerId, events: FullTunnelEvents): Join | undefined {
    const account = this.accounts.open("user", exit);
    if (account === undefined) return undefined;
    return (stream, _near, ends) => {
      const meter = this.#userMeter(account, events.onNotice);
      const passed = (sentBytes: number, receivedBytes: number): void => {
        if (sentBytes > 0) meter.sent(sentBytes);
        if (receivedBytes > 0) meter.received(receivedBytes);
      };
      return new UserLine(stream, ends, {
        onLease: (lease) => events.onLease(exit, lease, passed),
        onNotice: meter.onNotice,
        onOver: () => {
          meter.onOver();
          events.onOver();
        },
      });
    };
  }

  /**
   * How a tunnel to an exit is joined.
   * @param onNotice the exit has broken the connection off
   */
  joinAsUser(exit: PeerId, onNotice: (refusal: RefusalCode) => void): Join | undefined {
    const account = this.accounts.open("user", exit);
    if (account === undefined) return undefined;
    return (stream, near, ends, early) => {
      const meter = this.#userMeter(account, onNotice);
      return new MeteredLine(stream, near, meter, ends, early);
    };
  }

  nextDeadlineMs(): number {
    let next = Math.min(this.accounts.nextDeadlineMs(), this.#metering.nextDeadlineMs());
    for (const { pacer } of this.#grants.values()) next = Math.min(next, pacer.nextDeadlineMs());
    for (const atMs of this.#settleAtMs.values()) next = Math.min(next, atMs);
    return next;
  }

  tick(): void {
    this.accounts.tick();
    this.#metering.tick();
    for (const { pacer } of [...this.#grants.values()]) pacer.tick();
    const nowMs = this.#options.clock.monotonicMs();
    for (const [account, atMs] of [...this.#settleAtMs]) {
      if (atMs > nowMs) continue;
      this.#settleAtMs.delete(account);
      if (account.openBytes > 0 || account.isDisputed) this.#metering.propose(account);
      if (account.openCount > 0) this.#settleAtMs.set(account, nowMs + READING_INTERVAL_MS);
    }
  }

  #isCheapFor(share: Share | undefined): boolean {
    return share !== undefined && (!this.isMetered || share.meteredOk === true);
  }

  #shareOf(peer: PeerId): Share | undefined {
    const person = this.#options.people.personOf(peer);
    const share = person === undefined ? undefined : this.#shareFor(person);
    if (share === undefined) return undefined;
    const reach = [{ t: "service", name: SERVICE_NAME } as const];
    return this.#access.judge(peer, "tcp", reach, [share.to]) ? share : undefined;
  }

  /** A share for the person goes before one for a group. */
  #shareFor(person: PersonId): Share | undefined {
    const fitting = this.#kept.value.shares.filter(({ to }) =>
      isMeant(to, person, this.#options.groups),
    );
    return fitting.find(({ to }) => to.t === "person") ?? fitting[0];
  }

  #leftToday(grant: Grant): number {
    const today = this.accounts.today();
    if (today > grant.day) Object.assign(grant, { day: today, usedBytes: 0 });
    return (grant.share.quotaBytes ?? Number.POSITIVE_INFINITY) - grant.usedBytes;
  }

  #grantOf(share: Share): Grant {
    const key = whoKey(share.to);
    const known = this.#grants.get(key);
    if (known !== undefined) return known;
    const grant: Grant = {
      share,
      ranges: share.alsoTo.map(parseRange),
      pacer: new Pacer(this.#options.clock, share.rateBits),
      day: this.accounts.today(),
      usedBytes: this.usedToday(share),
    };
    this.#grants.set(key, grant);
    return grant;
  }

  /** The settings have changed: what is in use follows, what is gone lets go. */
  #renewGrants(): void {
    const shares = new Map(this.#kept.value.shares.map((share) => [whoKey(share.to), share]));
    for (const [key, grant] of [...this.#grants]) {
      const share = shares.get(key);
      if (share === undefined) this.#grants.delete(key);
      else {
        grant.share = share;
        grant.ranges = share.alsoTo.map(parseRange);
        grant.pacer.rate = share.rateBits;
      }
      grant.pacer.release();
    }
  }

  #exitMeter(grant: Grant, account: Account): LineMeter {
    account.openCount++;
    const take = (byteCount: number): number => {
      const allowed = Math.max(0, Math.min(byteCount, this.#leftToday(grant)));
      grant.usedBytes += allowed;
      grant.pacer.charge(allowed);
      this.accounts.touch();
      return allowed;
    };
    return {
      sent: (byteCount) => {
        const allowed = take(byteCount);
        account.count(allowed, 0, this.accounts.today());
        return allowed;
      },
      received: (byteCount) => {
        const allowed = take(byteCount);
        account.count(0, allowed, this.accounts.today());
        return allowed;
      },
      isReady: (later) => grant.pacer.isReady(later),
      onNotice: () => undefined,
      onOver: () => {
        account.openCount--;
        account.recentCount++;
      },
    };
  }

  /**
   * A packet passes whole or not at all. Once one did not, smaller ones do not either: answers to
   * them must be resets, or connections would hang. The user is told once.
   */
  #packetMeter(grant: Grant, account: Account, meter: LineMeter, line: ExitLine): UserMeter {
    let isTold = false;
    return {
      judge: (byteCount) => {
        if (this.#leftToday(grant) >= (isTold ? PACKET_BYTES_USUAL : byteCount)) {
          isTold = false;
          return grant.pacer.isAhead ? "rate" : undefined;
        }
        if (!isTold) line.notice("quota");
        isTold = true;
        return "quota";
      },
      passed: (toUserBytes, fromUserBytes) => {
        if (toUserBytes > 0) meter.sent(toUserBytes);
        if (fromUserBytes > 0) meter.received(fromUserBytes);
        account.packetBytes += toUserBytes;
      },
    };
  }

  #userMeter(account: Account, onNotice: (refusal: RefusalCode) => void): LineMeter {
    const nowMs = (): number => this.#options.clock.monotonicMs();
    account.openCount++;
    this.#settleAtMs.set(account, nowMs() + READING_INTERVAL_MS);
    const count = (sentBytes: number, receivedBytes: number): void => {
      account.count(sentBytes, receivedBytes, this.accounts.today());
      this.accounts.touch();
    };
    return {
      sent: (byteCount) => {
        count(byteCount, 0);
        return byteCount;
      },
      received: (byteCount) => {
        count(0, byteCount);
        return byteCount;
      },
      isReady: () => true,
      onNotice,
      onOver: () => {
        account.openCount--;
        account.recentCount++;
        if (account.openCount === 0) this.#settleAtMs.set(account, nowMs() + READING_IDLE_MS);
      },
    };
  }
}
