/** Currencies in which this peer gossips about lines. */
export const GOSSIPS_MAX = 64;
/** Edges that a payer remembers to have found narrow. */
export const MEMORY_EDGES_MAX = 2_048;
/** How long that is remembered, in milliseconds. */
export const MEMORY_LIFE_MS = 120_000;
/** Questions to others about ways and requests that wait for an answer, and those of others here. */
export const QUESTIONS_MAX = 32;
/** Of these, questions of one peer to this one. */
export const QUESTIONS_PER_PEER_MAX = 8;
/** How long an answer is waited for, in milliseconds: a hint is up to 30 kB. */
export const ANSWER_WAIT_MS = 30_000;
/** Bytes of a question. */
export const QUESTION_BYTES_MAX = 512;
/** Hints per second that this peer gives in all. */
export const HINTS_PER_SECOND = 4;
/** Hints that it gives at once. */
export const HINTS_BURST = 64;
/** Hints that are given for one request for money at once; one more every ten seconds. */
export const HINTS_PER_REQUEST = 16;
/** Requests for money for which it is counted how many hints were given. */
export const HINTED_MAX = 1_024;
/** Requests that a contact may have signed automatically and that are open. */
export const AUTO_OPEN_MAX = 32;
/** How long a request is open that was signed automatically, in milliseconds: four hours. */
export const AUTO_LIFE_MS: number = 4 * 3_600_000;
/** Requests per minute that a contact may have signed automatically; as many at once as may be open. */
export const AUTO_PER_MINUTE = 6;
/** Contacts for whom it is counted what was signed automatically. */
export const AUTO_PEOPLE_MAX = 1_024;
/** Devices of a contact that are asked for a request, one after another. */
export const DEVICES_ASKED_MAX = 4;
