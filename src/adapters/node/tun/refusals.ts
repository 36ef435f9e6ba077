import { AdapterError } from "../errors.ts";
import { ERRNO } from "./libc.ts";

const INSTEAD = "Or start without --tun and use the proxies, which need no rights.";

/** What to say where this machine's system has no virtual interfaces that we know. */
export function otherSystem(platform: string): AdapterError {
  return new AdapterError(
    "unsupported",
    `A virtual interface works on Linux only so far, not on ${platform}. ` +
      "Start without --tun and use the proxies.",
  );
}

/** What to say where the interface's device could not be opened. */
export function cannotOpen(errno: number): AdapterError {
  if (errno === ERRNO.noEntry || errno === ERRNO.noDevice) {
    return new AdapterError(
      "unsupported",
      "This machine has no /dev/net/tun. Load it with 'sudo modprobe tun'; in a container, start " +
        `that with --device /dev/net/tun --cap-add NET_ADMIN. ${INSTEAD}`,
    );
  }
  return cannotSet("open /dev/net/tun", errno);
}

/** What to say where nobody can tell when the interface has something to read. */
export function cannotWatch(): AdapterError {
  return new AdapterError(
    "unsupported",
    "The virtual interface cannot be watched: calls into the system are switched off (unset " +
      `PEERNET_FFI), or it opens no more files (raise the limit: ulimit -n). ${INSTEAD}`,
  );
}

/** What to say where the interface could not be made. */
export function cannotMake(name: string, errno: number): AdapterError {
  if (errno === ERRNO.busy) {
    return new AdapterError(
      "tun-busy",
      `The interface ${name} is in use by another program. Choose another name: --tun ${otherName(name)}.`,
    );
  }
  if (errno === ERRNO.invalid || errno === ERRNO.exists) {
    return new AdapterError(
      "tun-busy",
      `There is an interface ${name} of another kind already. Choose another name: --tun ${otherName(name)}.`,
    );
  }
  return cannotSet(`make the interface ${name}`, errno);
}

/** What to say where something about the interface could not be set. */
export function cannotSet(what: string, errno: number): AdapterError {
  if (errno === ERRNO.perm || errno === ERRNO.access) {
    return new AdapterError(
      "no-permission",
      `This process may not ${what}. Start it as root, or give Node the right once and for all: ` +
        'sudo setcap cap_net_admin+ep "$(readlink -f "$(command -v node)")" (every Node program ' +
        `of this machine has it then). ${INSTEAD}`,
    );
  }
  if (errno === ERRNO.noFamily) {
    return new AdapterError(
      "unsupported",
      `IPv6 is switched off in this system's kernel. Start it without ipv6.disable=1. ${INSTEAD}`,
    );
  }
  return new AdapterError(
    "io",
    `The system refused to ${what} (error ${errno}). Try again; 'peernet doctor' shows more. ${INSTEAD}`,
  );
}

function otherName(name: string): string {
  const base = name.replace(/\d+$/, "").slice(0, 14);
  return `${base}${(Number(/\d$/.exec(name)?.[0] ?? 0) + 1) % 10}`;
}
