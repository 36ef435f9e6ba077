/** Words about codes that are read by a camera or from a picture. */
export const camera = {
  start: "Scan with the camera",
  stop: "Stop the camera",
  live: "What the camera sees",
  denied: "The browser gives no camera. Allow it for this page, or take a picture of the code.",
  fromPicture: "From a picture",
  noCodeFound: "No code was found in this picture.",
};
