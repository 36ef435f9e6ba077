export {
  LOCKS_OPEN_MAX,
  MEMO_BYTES_MAX,
  ONION_BYTES_MAX,
  REASON_BYTES_MAX,
  TOLD_BYTES_MAX,
} from "./line/limits.ts";
