import { type DecodeOptions, Token, Tokenizer, Type } from "cborg";
import { fromUtf8 } from "../base/bytes.ts";
import { WireError } from "./errors.ts";

/**
 * cborg's tokens with texts read strictly. cborg itself drops a byte order mark at the start of
 * a text, which would make such a document differ from its own encoding, and it repairs what is
 * no UTF-8.
 */
export class StrictTokenizer extends Tokenizer {
  constructor(bytes: Uint8Array, options: DecodeOptions) {
    super(bytes, { ...options, retainStringBytes: true });
  }

  /** @throws WireError("malformed") for a text that is no UTF-8 */
  override next(): Token {
    const token = super.next();
    if (!Type.equals(token.type, Type.string) || token.byteValue === undefined) return token;
    const text = fromUtf8(token.byteValue);
    if (text === undefined) throw new WireError("malformed", "A text is not valid UTF-8.");
    return new Token(Type.string, text, token.encodedLength);
  }
}
