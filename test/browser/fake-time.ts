/** A fixed time near which everything in the scenes happens. */
export const NOW_MS: number = Date.UTC(2026, 5, 14, 16, 20);
