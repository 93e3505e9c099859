/** Ends the shared local cloud; an exit code other than 0 is a failure of the run. */
export default async function teardown(): Promise<void> {
  const { stopLocalCloud } = globalThis as unknown as {
    stopLocalCloud?: () => Promise<number | null>;
  };
  const code = (await stopLocalCloud?.()) ?? 0;
  if (code !== 0) throw new Error(`The local cloud ended with exit code ${code} on SIGTERM.`);
}
