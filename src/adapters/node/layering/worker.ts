import { parentPort } from "node:worker_threads";
import { concatBytes } from "../../../base/bytes.ts";
import { INLINE_LAYERING } from "../../../store/index.ts";
import type { LayeringAnswer, LayeringRequest } from "./messages.ts";

/** Answers with bytes that are not copied but handed over. */
function answer(message: LayeringAnswer, bytes: Uint8Array | undefined): void {
  const isWhole = bytes?.buffer instanceof ArrayBuffer;
  parentPort?.postMessage(message, isWhole ? [bytes.buffer as ArrayBuffer] : []);
}

parentPort?.on("message", (request: LayeringRequest) => {
  const { id } = request;
  if (request.t === "restore") {
    INLINE_LAYERING.restore(request.transform, request.body, (restored) => {
      // What the body is itself lies in a buffer that may hold more than it.
      const file = restored?.slice();
      answer({ id, t: "restored", file }, file);
    });
    return;
  }
  if (request.t === "show") {
    INLINE_LAYERING.show(request.facts, request.layers, (shown) => {
      const copy = shown && { ...shown, bytes: shown.bytes.slice() };
      answer({ id, t: "shown", shown: copy }, copy?.bytes);
    });
    return;
  }
  INLINE_LAYERING.plan(request.file, request.name, request.profile, (plan) => {
    const bytes = concatBytes(...plan.layers.map((layer) => layer.bytes));
    const layers = plan.layers.map(({ level, role, bytes: { length } }) => ({
      ...{ level, role },
      sizeBytes: length,
    }));
    const { mediaType, transform, note = "" } = plan;
    answer({ id, t: "planned", plan: { mediaType, layers, transform, note }, bytes }, bytes);
  });
});
