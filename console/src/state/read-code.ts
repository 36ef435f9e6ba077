/** Reads codes in pictures, where the browser can: Chromium on Android, macOS and ChromeOS. */
interface Detector {
  detect(image: ImageBitmapSource): Promise<readonly { readonly rawValue: string }[]>;
}

type DetectorClass = new (options: { readonly formats: readonly string[] }) => Detector;

function detectorClass(): DetectorClass | undefined {
  return (globalThis as { readonly BarcodeDetector?: DetectorClass }).BarcodeDetector;
}

/** Whether this browser finds codes in pictures. */
export function canReadPictures(): boolean {
  return detectorClass() !== undefined;
}

/** Whether this page may ask for the camera: on the peer's own machine, or by TLS. */
export function canUseCamera(): boolean {
  const { mediaDevices } = navigator as { readonly mediaDevices?: MediaDevices };
  return isSecureContext && mediaDevices?.getUserMedia !== undefined;
}

/** The camera that looks away from the person, where there are several. */
export function openCamera(): Promise<MediaStream> {
  return navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
}

/** The text of the first QR code in a picture, or in what a video shows now. */
export async function codeIn(picture: ImageBitmapSource): Promise<string | undefined> {
  const Found = detectorClass();
  if (Found === undefined) return undefined;
  const [first] = await new Found({ formats: ["qr_code"] }).detect(picture);
  return first?.rawValue;
}
