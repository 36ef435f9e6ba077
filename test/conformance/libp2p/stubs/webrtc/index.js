// Helia imports WebRTC for its default transports. These tests use Peernet alone, and the package would
// bring React Native and a native library.
export function webRTC() {
  throw new Error("WebRTC is left out of these tests.");
}

export const webRTCDirect = webRTC;
