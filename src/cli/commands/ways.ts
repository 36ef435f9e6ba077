import type { CandidateBody, ExplainBody, TraceBody } from "../../api/client/index.ts";
import type { Command } from "../command.ts";
import { EXIT } from "../errors.ts";
import { formatMs, inert, table } from "../output.ts";
import { counted, typedCommand } from "../words.ts";
import { connect, word } from "./shared.ts";

const ID_SHOWN = 8;

/** The hops of a way as a table. */
export function describeTrace(trace: TraceBody): string {
  const rows = trace.hops.map((hop, index) => [
    String(index + 1),
    inert(hop.name),
    hop.peerId.slice(0, ID_SHOWN),
    String(hop.cost),
    hop.roundTripMs === null ? "no answer" : formatMs(hop.roundTripMs),
    hop.addedMs === null ? "-" : `+${formatMs(hop.addedMs)}`,
    hop.backup === null ? "none" : inert(hop.backup.name),
  ]);
  const heading = ["HOP", "NAME", "ID", "COST", "ROUND TRIP", "OF THAT HERE", "BACKUP"];
  const total = trace.hops.reduce((sum, hop) => sum + hop.cost, 0);
  const hops = counted(trace.hops.length, "hop");
  return [
    ...(rows.length === 0 ? [] : [table([heading, ...rows])]),
    trace.complete ? `${hops}, cost ${total}` : "The way could not be followed to its end.",
  ].join("\n");
}

/** `peernet trace` */
export const traceCommand: Command = {
  name: "trace",
  usage: "<who>",
  summary: "the way to somebody: each hop with cost, delay and backup",
  details:
    "Asks hop by hop where a packet would go next, and pings every hop. COST is that of the link to\n" +
    "the hop, ROUND TRIP the time from here to it and back, OF THAT HERE what its link adds. BACKUP is\n" +
    "where the packet would go if this hop failed. 'peernet explain <who>' says why this way.",
  positionals: [1, 1],
  async run(context) {
    const trace = await (await connect(context)).trace(word(context, 0));
    context.output.result(trace, () => describeTrace(trace));
    if (!trace.complete) {
      context.output.say(`Why: ${typedCommand("explain", [word(context, 0)])}`);
    }
    return trace.complete ? EXIT.ok : EXIT.failed;
  },
};

function candidateRow(candidate: CandidateBody): readonly string[] {
  const { name, hops, total, role, why } = candidate;
  return [inert(name), String(hops), String(total), role, why];
}

/** An explanation in words, with what the neighbours offer below. */
export function describeExplanation(body: ExplainBody): string {
  const heading = ["OVER", "HOPS", "COST", "ROLE", "WHY"];
  return [
    inert(body.summary),
    ...(body.advice === "" ? [] : [inert(body.advice)]),
    ...(body.candidates.length === 0
      ? []
      : ["", table([heading, ...body.candidates.map(candidateRow)])]),
  ].join("\n");
}

/** `peernet explain` */
export const explainCommand: Command = {
  name: "explain",
  usage: "<who>",
  summary: "why packets to somebody go that way, or why they do not arrive",
  details:
    "Says which neighbours offer a way, what each would cost, which one is in use, which one is the\n" +
    "backup, and why the others are not. The exit code is 1 where there is no way.",
  positionals: [1, 1],
  async run(context) {
    const body = await (await connect(context)).explain(word(context, 0));
    context.output.result(body, () => describeExplanation(body));
    const isFine = ["self", "reachable", "detour", "located"].includes(body.verdict);
    return isFine ? EXIT.ok : EXIT.failed;
  },
};
