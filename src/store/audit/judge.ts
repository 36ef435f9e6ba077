import { equalBytes } from "../../base/bytes.ts";
import type { Random } from "../../ports/index.ts";
import { lagrangeWeights } from "../erasure/code.ts";
import { multiply } from "../erasure/field.ts";
import { checkCodeword, type FragmentReply, mixBytes } from "./codeword.ts";
import type { AuditLayer } from "./layers.ts";
import type { AuditedLayer } from "./report.ts";

/** What one holder answered about one fragment, all layers one after another. */
export interface Testimony {
  readonly index: number;
  readonly reply: Uint8Array;
}

/** What was found of a testimony. */
export type Finding = "proved" | "wrong" | "unproven";

/** What was found of all of them, in their order. */
export interface Judgement {
  readonly layers: readonly AuditedLayer[];
  readonly findings: readonly Finding[];
}

/**
 * Holds all testimonies against each other, layer by layer. Of a fragment that several holders
 * answered for, one answer takes part in the check and the others are compared with its outcome.
 */
export function judge(
  layers: readonly AuditLayer[],
  width: number,
  testimonies: readonly Testimony[],
  random: Random,
): Judgement {
  const findings: Finding[] = testimonies.map(() => "proved");
  const audited = layers.map(({ k }, layer): AuditedLayer => {
    const replies = testimonies.map(({ index, reply }) => ({
      index,
      bytes: reply.subarray(layer * width, (layer + 1) * width),
    }));
    const first = new Map(replies.toReversed().map((reply) => [reply.index, reply]));
    const distinct = [...first.values()];
    const { isChecked, wrong } = checkCodeword(k, distinct, random.bytes(mixBytes(width)));
    const isJudged = isChecked && wrong !== undefined;
    const sound = distinct.filter(({ index }) => isJudged && !wrong.includes(index));
    for (const [i, reply] of replies.entries()) {
      if (findings[i] === "wrong") continue;
      if (!isJudged) findings[i] = "unproven";
      else if (!isSound(k, reply, sound)) findings[i] = "wrong";
    }
    return { k, replies: distinct.length, wrong: wrong?.length };
  });
  return { layers: audited, findings };
}

/** Whether a reply is the value of the codeword that the sound ones are values of. */
function isSound(k: number, reply: FragmentReply, sound: readonly FragmentReply[]): boolean {
  const same = sound.find(({ index }) => index === reply.index);
  if (same !== undefined) return equalBytes(same.bytes, reply.bytes);
  const sources = sound.slice(0, k);
  const [weights] = lagrangeWeights(
    k,
    sources.map(({ index }) => index),
    [reply.index],
  );
  return reply.bytes.every((byte, column) => {
    let sum = 0;
    for (const [i, { bytes }] of sources.entries()) {
      sum ^= multiply(weights?.[i] ?? 0, bytes[column] ?? 0);
    }
    return sum === byte;
  });
}
