/** How often a circle of debts is looked for, in milliseconds; up to half as long more, by chance. */
export const LOOK_EVERY_MS = 600_000;
/** How long a circle that is looked for may take to be found, in milliseconds. */
export const LOOK_LIFE_MS = 30_000;
/** Lines of a circle at most. */
export const CIRCLE_LINES_MAX = 6;
/** Partners to whom a look is handed on: half of them those who owe most, half others in turn. */
export const LOOK_FANOUT = 4;
/** Looks that are remembered, so that none is handed on twice. */
export const LOOKS_MAX = 1_024;
/** Looks per second that one line's partner is heard with. */
export const LOOKS_PER_SECOND = 1;
/** Looks that one line's partner is heard with at once. */
export const LOOKS_BURST = 32;
/** Circles cleared that are still told of: the newest. */
export const CLEARED_KEPT_MAX = 50;
/** How long the request behind a circle is open, in milliseconds. */
export const CIRCLE_LIFE_MS = 600_000;
