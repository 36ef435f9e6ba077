/** Reads codes in pictures, where the browser can: Chromium on Android, macOS and ChromeOS. */
interface Detector {
  detect(image: ImageBitmap): Promise<readonly { readonly rawValue: string }[]>;
}

type DetectorClass = new (options: { readonly formats: readonly string[] }) => Detector;

function detectorClass(): DetectorClass | undefined {
  return (globalThis as { readonly BarcodeDetector?: DetectorClass }).BarcodeDetector;
}

/** Whether this browser finds codes in pictures. */
export function canReadPictures(): boolean {
  return detectorClass() !== undefined;
}

/** The text of the first QR code in a picture. */
export async function codeInPicture(picture: Blob): Promise<string | undefined> {
  const Found = detectorClass();
  if (Found === undefined) return undefined;
  const bitmap = await createImageBitmap(picture);
  const [first] = await new Found({ formats: ["qr_code"] }).detect(bitmap);
  bitmap.close();
  return first?.rawValue;
}
