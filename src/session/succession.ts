import type { Session } from "./session.ts";

/** A session in doubt may live on by the way that its successor has found; else it ends soon. */
export function succeed(other: Session, successor: Session, nowMs: number): void {
  const { explicit } = successor.steering.path;
  if (explicit !== undefined) other.steering.adopt(explicit);
  other.judge(nowMs);
}
