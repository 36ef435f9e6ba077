import type { JSX } from "preact";
import { encode } from "uqr";
import { say } from "../words/language.ts";

/** The dark modules of a QR code as one SVG path, or undefined where the text is too long. */
function pathOf(text: string): { readonly size: number; readonly path: string } | undefined {
  try {
    const { data, size } = encode(text, { ecc: "L", border: 2 });
    let path = "";
    for (const [y, row] of data.entries()) {
      for (let x = 0; x < row.length; x += 1) {
        if (row[x] !== true) continue;
        let length = 1;
        while (row[x + length] === true) length += 1;
        path += `M${x} ${y}h${length}v1h-${length}z`;
        x += length;
      }
    }
    return { size, path };
  } catch {
    return undefined;
  }
}

/** A QR code, dark on white in every theme so that cameras read it. */
export function QrCode(props: { readonly text: string; readonly label: string }): JSX.Element {
  const code = pathOf(props.text);
  if (code === undefined) {
    return <p class="quiet">{say().common.qrTooLong}</p>;
  }
  return (
    <svg
      class="qr"
      viewBox={`0 0 ${code.size} ${code.size}`}
      role="img"
      aria-label={props.label}
      shape-rendering="crispEdges"
    >
      <rect width={code.size} height={code.size} fill="#fff" />
      <path d={code.path} fill="#000" />
    </svg>
  );
}
