import type { RefusalCode, Wanted } from "./opening.ts";

/** Why a connection did not come about: what the other peer said, or what was found out here. */
export type Refusal =
  | RefusalCode
  /** The other peer is not in reach, or does not answer. */
  | "away"
  /** Nobody's uplink may be used, and nothing goes out by this machine's own. */
  | "no-exit"
  /** The name is nobody's here. */
  | "unknown-name";

/** What is wanted, in words. */
export function describeWanted(wanted: Wanted): string {
  if (wanted.t === "port") return `port ${wanted.port}`;
  if (wanted.t === "full") return "the internet by a full tunnel";
  if (wanted.t === "service") return `the service '${wanted.name}'`;
  return `${wanted.host}:${wanted.port}`;
}

/** A refusal in words: what happened and what to do next. */
export function describeRefusal(refusal: Refusal, who: string, wanted: Wanted): string {
  const what = describeWanted(wanted);
  const isUplink = wanted.t === "host" || wanted.t === "full";
  switch (refusal) {
    case "denied":
      return isUplink
        ? `${who} does not share an uplink with you. Ask for: peernet gateway share --to <you>`
        : `${who} does not let you reach ${what}. Ask for: peernet allow <you> ${wanted.t === "port" ? wanted.port : wanted.name}`;
    case "not-listening":
      return `Nothing listens on ${what} of ${who}. Is the program running there?`;
    case "no-such-service":
      return `${who} serves nothing under that name. Ask for: peernet serve PORT --as NAME --to <you>`;
    case "quota":
      return `What ${who} shares is used up for today. It begins anew tomorrow, or ${who} can raise it.`;
    case "busy":
      return `${who} has too many connections open. Try again in a moment.`;
    case "unreachable":
      return `${who} could not reach ${what}. Is the name right and the host running?`;
    case "private":
      return `${who} shares the internet, not the local network: ${what} is not reached that way.`;
    case "no-full-tunnel":
      return `${who} shares connections by the proxy, but no full tunnel. Ask for: peernet gateway share --to <you> --full-tunnel`;
    case "metered":
      return `The line of ${who} costs by the byte now, and is not shared meanwhile. It goes on by itself later, or ask for: peernet gateway share --to <you> --metered-ok`;
    case "malformed":
      return `${who} did not understand what was asked. Do both run the same version of Peernet?`;
    case "away":
      return `${who} is not in reach now. 'peernet explain <who>' says why.`;
    case "no-exit":
      return `${what} is on the internet, and no uplink is in use. Choose one: peernet gateway use <who>`;
    case "unknown-name":
      return `Nobody here is called '${who}'. 'peernet contacts' shows the names.`;
  }
}
