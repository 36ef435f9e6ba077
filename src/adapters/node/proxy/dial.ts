import { lookup } from "node:dns";
import { connect, isIP, type Socket } from "node:net";
import { networkInterfaces } from "node:os";
import { canonicalIp, type Place, type RefusalCode } from "../../../gateway/index.ts";
import { systemCode } from "../errors.ts";
import { ADDRESSES_TRIED_MAX, DIAL_MS, LOOKUPS_MAX } from "./limits.ts";

type Connected = (refusal: RefusalCode | null, socket: Socket | undefined) => void;
type Internet = Extract<Place, { readonly t: "internet" }>;

let lookups = 0;

/**
 * Connects to a port of this machine or a host of the internet. Names are looked up here, and
 * what is dialled is the address that was judged, never the name again.
 * @returns gives it up; nothing is told then
 */
export function dialPlace(place: Place, done: Connected): () => void {
  const attempt = new Attempt(done);
  if (place.t === "local") attempt.tryEach(["127.0.0.1", "::1"], place.port);
  else findAddresses(place, attempt);
  return () => attempt.giveUp();
}

function findAddresses(place: Internet, attempt: Attempt): void {
  if (isIP(place.host) !== 0) {
    attempt.tryEach(admitted([place.host], place), place.port);
    return;
  }
  if (lookups >= LOOKUPS_MAX) {
    attempt.fail("busy");
    return;
  }
  lookups++;
  lookup(place.host, { all: true }, (error, found) => {
    lookups--;
    if (error !== null) attempt.fail("unreachable");
    else
      attempt.tryEach(
        admitted(
          found.map(({ address }) => address),
          place,
        ),
        place.port,
      );
  });
}

/** Addresses that may be reached; this machine's own never may. */
function admitted(addresses: readonly string[], place: Internet): readonly string[] {
  const interfaces = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  const own = new Set(interfaces.map(({ address }) => canonicalIp(address)));
  return addresses.filter((address) => {
    const one = canonicalIp(address);
    return one !== undefined && !own.has(one) && place.mayReach(address);
  });
}

/** One address after the other, each for a while. */
class Attempt {
  readonly #done: Connected;
  #socket: Socket | undefined;
  #isOver = false;

  constructor(done: Connected) {
    this.#done = done;
  }

  giveUp(): void {
    this.#isOver = true;
    this.#socket?.destroy();
  }

  fail(refusal: RefusalCode): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#done(refusal, undefined);
  }

  tryEach(addresses: readonly string[], port: number): void {
    if (addresses.length === 0) queueMicrotask(() => this.fail("private"));
    else this.#next(addresses.slice(0, ADDRESSES_TRIED_MAX), port, "unreachable");
  }

  #next(addresses: readonly string[], port: number, last: RefusalCode): void {
    if (this.#isOver) return;
    const [host, ...rest] = addresses;
    if (host === undefined) {
      this.fail(last);
      return;
    }
    const socket = connect({ host, port, allowHalfOpen: true, noDelay: true });
    this.#socket = socket;
    const timer = setTimeout(() => socket.destroy(), DIAL_MS);
    let why: RefusalCode = "unreachable";
    const onError = (error: Error): void => {
      if (systemCode(error) === "ECONNREFUSED") why = "not-listening";
    };
    const onClose = (): void => {
      clearTimeout(timer);
      this.#next(rest, port, rest.length === 0 || why === "not-listening" ? why : last);
    };
    socket.on("error", onError).once("close", onClose);
    socket.once("connect", () => {
      clearTimeout(timer);
      socket.off("close", onClose).pause();
      this.#isOver = true;
      this.#done(null, socket);
    });
  }
}
