import { SHARE_FILTER, SHARE_INTERFACE } from "./names.ts";
import { mustRun, type RunProgram, runProgram } from "./programs.ts";
import type { Resolvers } from "./resolvers.ts";
import { listSysctl, readSysctl, setSysctl } from "./sysctl.ts";

const FORWARD_4 = "net/ipv4/ip_forward";
const FORWARD_6 = "net/ipv6/conf/all/forwarding";
/** Empty chains that remember, beyond a crash, what was off before. */
const WAS_OFF = { [FORWARD_4]: "was_off_4", [FORWARD_6]: "was_off_6" } as const;

/** What the sharing side of full tunnels needs to know. */
export interface ShareRoutes extends Resolvers {
  /** Ranges of users, and this machine's own addresses towards them, as text. */
  readonly pool4: string;
  readonly pool6: string;
  readonly address4: string;
  readonly address6: string;
}

function filtersOf(routes: ShareRoutes, wasOff: readonly string[]): string {
  const { pool4, pool6, address4, address6, resolver4, resolver6 } = routes;
  const fromUsers = `iifname "${SHARE_INTERFACE}"`;
  const toUsers = `oifname "${SHARE_INTERFACE}"`;
  const asked = `meta l4proto { tcp, udp } th dport 53`;
  const to4 = `${fromUsers} ip daddr ${address4} ${asked} dnat ip to ${resolver4}`;
  const to6 = `${fromUsers} ip6 daddr ${address6} ${asked} dnat ip6 to ${resolver6}`;
  return `
table inet ${SHARE_FILTER}
delete table inet ${SHARE_FILTER}
table inet ${SHARE_FILTER} {
  chain incoming {
    type filter hook input priority -10
    ${fromUsers} reject with icmpx admin-prohibited
  }
  chain passing {
    type filter hook forward priority -10
    ${fromUsers} oifname "peernet*" reject with icmpx admin-prohibited
    ${fromUsers} accept
    ${toUsers} ct state established,related accept
    ${toUsers} drop
  }
  chain names {
    type nat hook prerouting priority -100
    ${resolver4 === undefined ? "" : to4}
    ${resolver6 === undefined ? "" : to6}
  }
  chain translate {
    type nat hook postrouting priority 100
    ip saddr ${pool4} ${toUsers.replace("oifname", "oifname !=")} masquerade
    ip6 saddr ${pool6} ${toUsers.replace("oifname", "oifname !=")} masquerade
  }
  ${wasOff.map((name) => `chain ${name} { }`).join("\n  ")}
}
`;
}

/** Forwarding and address translation of a machine that lets others reach the internet. */
export class ShareSide {
  readonly #run: RunProgram;

  constructor(run: RunProgram = runProgram) {
    this.#run = run;
  }

  /**
   * Lets the kernel forward what comes out of the interface, under this machine's own address.
   * What stood before from an earlier run is replaced.
   * @throws AdapterError("unsupported" | "no-permission" | "io")
   */
  open(routes: ShareRoutes): void {
    const { pool4, pool6, address4, address6 } = routes;
    const before = this.#remembered();
    const wasOff = Object.entries(WAS_OFF)
      .filter(([setting, chain]) => readSysctl(setting) === "0" || before.has(chain))
      .map(([, chain]) => chain);
    mustRun(this.#run, "nft", ["-f", "-"], filtersOf(routes, wasOff));
    const device = `dev ${SHARE_INTERFACE}`;
    const commands = (address: string, pool: string, more: string): string =>
      `addr replace ${address} ${device}${more}\nroute replace ${pool} ${device}\n`;
    const host4 = `${address4}/32`;
    mustRun(this.#run, "ip", ["-4", "-batch", "-"], commands(host4, pool4, ""));
    const host6 = `${address6}/128`;
    mustRun(this.#run, "ip", ["-6", "-batch", "-"], commands(host6, pool6, " nodad"));
    keepRouters();
    setSysctl(FORWARD_4, "1");
    setSysctl(FORWARD_6, "1");
  }

  /** Puts everything back. Also after a killed run; never fails. */
  close(): void {
    try {
      const before = this.#remembered();
      for (const [setting, chain] of Object.entries(WAS_OFF)) {
        if (before.has(chain)) setSysctl(setting, "0");
      }
      this.#run("nft", ["delete", "table", "inet", SHARE_FILTER]);
    } catch {
      // Without nft nothing was ever begun.
    }
  }

  #remembered(): Set<string> {
    const { output } = this.#run("nft", ["list", "table", "inet", SHARE_FILTER]);
    return new Set(Object.values(WAS_OFF).filter((chain) => output.includes(`chain ${chain} `)));
  }
}

/** A machine that forwards forgets its own IPv6 router unless it is told to go on listening. */
function keepRouters(): void {
  for (const name of listSysctl("net/ipv6/conf")) {
    const setting = `net/ipv6/conf/${name}/accept_ra`;
    if (name !== "all" && name !== "default" && readSysctl(setting) === "1") {
      setSysctl(setting, "2");
    }
  }
}
