import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { CAMERA_LOOK_MS } from "../limits.ts";
import { attempt, notify } from "../state/notices.ts";
import { canReadPictures, canUseCamera, codeIn, openCamera } from "../state/read-code.ts";
import { say } from "../words/language.ts";
import { Icon } from "./icons.tsx";

/** Reads a QR code with the camera or from a picture; nothing at all where the browser reads none. */
export function CodeReader(props: { readonly onCode: (text: string) => void }): JSX.Element | null {
  const { camera } = say();
  const [isLive, setLive] = useState(false);
  const read = async (file: File): Promise<void> => {
    const bitmap = await createImageBitmap(file);
    const found = await codeIn(bitmap);
    bitmap.close();
    if (found === undefined) notify("bad", camera.noCodeFound);
    else props.onCode(found);
  };
  if (!canReadPictures()) return null;
  return (
    <div class="form">
      {isLive ? (
        <Live
          onCode={(text) => {
            setLive(false);
            props.onCode(text);
          }}
          onFailed={() => {
            setLive(false);
            notify("bad", camera.denied);
          }}
        />
      ) : null}
      {canUseCamera() ? (
        <button type="button" onClick={() => setLive(!isLive)}>
          <Icon name={isLive ? "close" : "eye"} /> {isLive ? camera.stop : camera.start}
        </button>
      ) : null}
      <label>
        {camera.fromPicture}
        <input
          type="file"
          accept="image/*"
          onChange={({ currentTarget }) => {
            const file = currentTarget.files?.[0];
            if (file !== undefined) void attempt(() => read(file));
          }}
        />
      </label>
    </div>
  );
}

/** What the camera sees, until a code is in it; the camera goes off with it. */
function Live(props: {
  readonly onCode: (text: string) => void;
  readonly onFailed: () => void;
}): JSX.Element {
  const video = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    let isOver = false;
    let stream: MediaStream | undefined;
    let next: ReturnType<typeof setTimeout> | undefined;
    const end = (): void => {
      isOver = true;
      clearTimeout(next);
      for (const track of stream?.getTracks() ?? []) track.stop();
    };
    const look = async (): Promise<void> => {
      const element = video.current;
      const found = element === null ? undefined : await codeIn(element);
      if (isOver) return;
      if (found === undefined) next = setTimeout(() => void look(), CAMERA_LOOK_MS);
      else props.onCode(found);
    };
    const begin = async (): Promise<void> => {
      stream = await openCamera();
      if (isOver) return end();
      if (video.current === null) return;
      video.current.srcObject = stream;
      await video.current.play();
      await look();
    };
    begin().catch(() => {
      if (!isOver) props.onFailed();
    });
    return end;
  }, []);
  return (
    <video ref={video} class="camera" muted playsInline aria-label={say().camera.live}>
      <track kind="captions" />
    </video>
  );
}
