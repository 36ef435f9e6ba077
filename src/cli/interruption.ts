/** Aborts when somebody ends this process: what is being written can then be taken away first. */
export function interruption(): AbortSignal {
  const interrupted = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.once(signal, () => interrupted.abort());
  }
  return interrupted.signal;
}
