/** Bytes of a currency's name, and of its unit. */
export const CURRENCY_NAME_BYTES_MAX = 64;
/** Bytes of what one of it is called: hour, loaf, EUR. */
export const UNIT_BYTES_MAX = 16;
/** Places behind the point. */
export const DECIMALS_MAX = 6;
/** Bytes of a signed definition. */
export const DEFINITION_BYTES_MAX = 1_024;
/** Currencies that one peer knows. */
export const CURRENCIES_MAX = 256;
/** Places among them for currencies of one's own and of lines: partners' rates bring no more than the others. */
export const CURRENCIES_RESERVED = 128;
/** Characters of an amount that somebody typed. */
export const AMOUNT_CHARS_MAX = 24;
