/** The text of docs/LIMITS.md, made from the code. */
export function limitsPage(): string;
