/** Bytes before the piece of an IP packet in a datagram: which piece, and a number per packet. */
export const PIECE_HEADER_BYTES = 3;
/** Pieces of an IP packet: IPv6 asks for 1,280 bytes at once, a datagram has room for fewer. */
export const PIECES = 2;
/** Packets per peer of which one piece may wait for the other. */
const WAITING_MAX = 16;

const WHOLE = 0;
const FIRST = 1;
const SECOND = 2;

/** Cuts a packet into datagrams of at most `sizeMax` bytes: one, or two. */
export function cut(packet: Uint8Array, sizeMax: number, number: number): readonly Uint8Array[] {
  const room = sizeMax - PIECE_HEADER_BYTES;
  if (packet.length <= room) return [withHeader(WHOLE, number, packet)];
  return [
    withHeader(FIRST, number, packet.subarray(0, room)),
    withHeader(SECOND, number, packet.subarray(room)),
  ];
}

function withHeader(kind: number, number: number, piece: Uint8Array): Uint8Array {
  const datagram = new Uint8Array(PIECE_HEADER_BYTES + piece.length);
  datagram.set([kind, (number >> 8) & 0xff, number & 0xff]);
  datagram.set(piece, PIECE_HEADER_BYTES);
  return datagram;
}

/** Puts the packets of one peer together again. */
export class Joiner {
  readonly #waiting = new Map<number, { readonly kind: number; readonly piece: Uint8Array }>();

  /** A packet that is whole now, or undefined. The datagram is lent. */
  take(datagram: Uint8Array): Uint8Array | undefined {
    const [kind = WHOLE, high = 0, low = 0] = datagram;
    const piece = datagram.slice(PIECE_HEADER_BYTES);
    if (kind === WHOLE) return piece;
    const number = (high << 8) | low;
    const other = this.#waiting.get(number);
    if (other === undefined || other.kind === kind) {
      this.#waiting.set(number, { kind, piece });
      for (const oldest of this.#waiting.keys()) {
        if (this.#waiting.size <= WAITING_MAX) break;
        this.#waiting.delete(oldest);
      }
      return undefined;
    }
    this.#waiting.delete(number);
    const [first, second] = kind === FIRST ? [piece, other.piece] : [other.piece, piece];
    const packet = new Uint8Array(first.length + second.length);
    packet.set(first);
    packet.set(second, first.length);
    return packet;
  }
}
