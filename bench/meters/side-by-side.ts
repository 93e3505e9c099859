/** Does something so many times, with so many clients side by side. @returns how long each took, in milliseconds */
export async function sideBySide(
  count: number,
  clients: number,
  act: (n: number) => Promise<unknown>,
): Promise<number[]> {
  const took: number[] = [];
  let next = 0;
  await Promise.all(
    Array.from({ length: Math.min(clients, count) }, async () => {
      while (next < count) {
        const n = next;
        next += 1;
        const begun = performance.now();
        await act(n);
        took.push(performance.now() - begun);
      }
    }),
  );
  return took;
}
