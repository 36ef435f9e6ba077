import { LINK_MARK, RULE_FIRST, RULE_LAST, TABLE, USER_FILTER, USER_INTERFACE } from "./names.ts";
import { mustRun, type RunProgram, runProgram } from "./programs.ts";
import { setSysctl } from "./sysctl.ts";

/** Destinations that stay with the machine's own networks, where it has a route to them. */
const LOCAL = {
  4: ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "224.0.0.0/4"],
  6: ["fc00::/7", "fe80::/10", "ff00::/8"],
} as const;
const FAMILIES = [4, 6] as const;
/** Plain questions, and those in TLS. */
const NAME_PORTS = [53, 853] as const;
/** Answers "no route"; worse than every other default route of the table. */
const WALL = `unreachable default table ${TABLE} metric 4278198272`;

/** What the using side of a full tunnel needs to know. */
export interface UserRoutes {
  /** Addresses of this machine inside the tunnel, as text. */
  readonly address4: string;
  readonly address6: string;
  /** Where the exit answers questions about names; undefined: it does not. */
  readonly names4: string | undefined;
  readonly names6: string | undefined;
  readonly mtuBytes: number;
}

function rulesOf(family: 4 | 6): string[] {
  const [links, names, local, all] = [0, 1, 2, 3].map((step) => RULE_FIRST + step);
  return [
    `rule add pref ${links} fwmark ${LINK_MARK} lookup main`,
    ...NAME_PORTS.flatMap((port) =>
      ["udp", "tcp"].map(
        (protocol) => `rule add pref ${names} ipproto ${protocol} dport ${port} lookup ${TABLE}`,
      ),
    ),
    // Never by a default route: only what a network of this machine itself holds.
    ...LOCAL[family].map(
      (range) => `rule add pref ${local} to ${range} lookup main suppress_prefixlength 0`,
    ),
    `rule add pref ${all} lookup ${TABLE}`,
  ];
}

/**
 * The filters: nothing comes in that did not begin here, and nothing leaks of programs that choose
 * an interface themselves, for which Linux sends even where its routes say no.
 */
function filtersOf(routes: UserRoutes | undefined): string {
  const { names4, names6 } = routes ?? {};
  const asked = "meta l4proto { tcp, udp } th dport 53";
  const toExit = `oifname "${USER_INTERFACE}"`;
  return `
table inet ${USER_FILTER}
delete table inet ${USER_FILTER}
table inet ${USER_FILTER} {
  chain incoming {
    type filter hook input priority 0
    iifname "${USER_INTERFACE}" ct state established,related accept
    iifname "${USER_INTERFACE}" drop
  }
  chain passing {
    type filter hook forward priority 0
    iifname "${USER_INTERFACE}" ct state established,related accept
    iifname "${USER_INTERFACE}" drop
  }
  chain names {
    type nat hook output priority -100
    ${names4 === undefined ? "" : `${toExit} meta nfproto ipv4 ${asked} dnat ip to ${names4}`}
    ${names6 === undefined ? "" : `${toExit} meta nfproto ipv6 ${asked} dnat ip6 to ${names6}`}
  }
  chain leaks {
    type filter hook output priority 0
    oifname "lo" accept
    oifname "peernet*" accept
    meta mark ${LINK_MARK} accept
    meta l4proto { tcp, udp } th dport { ${NAME_PORTS.join(", ")} } reject with icmpx admin-prohibited
    ip daddr { ${LOCAL[4].join(", ")}, 255.255.255.255 } accept
    ip6 daddr { ${LOCAL[6].join(", ")} } accept
    udp sport 68 udp dport 67 accept
    reject with icmpx admin-prohibited
  }
  chain marks {
    type filter hook postrouting priority -150
    meta mark ${LINK_MARK} ct mark set meta mark
  }
  chain remarks {
    type filter hook prerouting priority -150
    ct mark ${LINK_MARK} meta mark set ct mark
  }
}
`;
}

/** Routes and filters of a machine whose whole internet goes by somebody else's uplink. */
export class UserSide {
  readonly #run: RunProgram;

  constructor(run: RunProgram = runProgram) {
    this.#run = run;
  }

  /**
   * Shuts the machine's own way to the internet for everything but links. What stood before from
   * an earlier run, also a killed one, is replaced without a gap.
   * @throws AdapterError("unsupported" | "no-permission" | "io")
   */
  shut(): void {
    mustRun(this.#run, "nft", ["-f", "-"], filtersOf(undefined));
    for (const family of FAMILIES) this.#ip(family, [`route replace ${WALL}`]);
    for (const family of FAMILIES) this.#rule(family);
    // Answers to marked packets are checked by the same mark (strict rp_filter).
    setSysctl("net/ipv4/conf/all/src_valid_mark", "1");
  }

  /** Leads everything into the interface, which has these addresses from now on. */
  lead(routes: UserRoutes): void {
    const { address4, address6, mtuBytes } = routes;
    const device = `dev ${USER_INTERFACE}`;
    const way = `default ${device} table ${TABLE} metric 1`;
    this.#ip(4, [`addr flush ${device}`, `link set ${device} mtu ${mtuBytes}`]);
    this.#ip(6, [`addr flush ${device} scope global`]);
    this.#ip(4, [`addr add ${address4}/32 ${device}`, `route replace ${way} src ${address4}`]);
    this.#ip(6, [`addr add ${address6}/128 ${device} nodad`]);
    this.#ip(6, [`route replace ${way} src ${address6}`]);
    mustRun(this.#run, "nft", ["-f", "-"], filtersOf(routes));
  }

  /** Gives the machine its own way back. Also after a killed run; never fails. */
  open(): void {
    try {
      for (const family of FAMILIES) {
        for (const rule of this.#rulesStanding(family)) {
          this.#run("ip", [`-${family}`, ...rule.split(" ")]);
        }
        this.#run("ip", [`-${family}`, "route", "flush", "table", String(TABLE)]);
      }
      this.#run("nft", ["delete", "table", "inet", USER_FILTER]);
    } catch {
      // A program that is not there has left nothing behind.
    }
  }

  /** Whether the machine's own way is shut, by this or an earlier run. */
  isShut(): boolean {
    try {
      return FAMILIES.some((family) => this.#rulesStanding(family).length > 0);
    } catch {
      // Without 'ip' nothing was ever shut.
      return false;
    }
  }

  /** The kernel refuses a rule twice, so those of a killed run simply stay. */
  #rule(family: 4 | 6): void {
    const wanted = rulesOf(family);
    const commands = ["-force", `-${family}`, "-batch", "-"];
    this.#run("ip", commands, `${wanted.join("\n")}\n`);
    if (this.#rulesStanding(family).length === wanted.length) return;
    this.#ip(family, this.#rulesStanding(family));
    this.#ip(family, wanted);
  }

  /** Commands that take away the rules that stand, one for each. */
  #rulesStanding(family: 4 | 6): string[] {
    const { output } = this.#run("ip", [`-${family}`, "rule", "show"]);
    const preferences = output.split("\n").map((line) => Number(/^(\d+):/.exec(line)?.[1]));
    return preferences
      .filter((preference) => preference >= RULE_FIRST && preference <= RULE_LAST)
      .map((preference) => `rule del pref ${preference}`);
  }

  #ip(family: 4 | 6, commands: readonly string[]): void {
    if (commands.length === 0) return;
    mustRun(this.#run, "ip", [`-${family}`, "-batch", "-"], `${commands.join("\n")}\n`);
  }
}
