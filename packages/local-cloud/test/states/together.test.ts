import { describe, expect, it } from '@jest/globals';
import { together } from '../../src/states/together.ts';

const { signal: never } = new AbortController();

describe('works that run together', () => {
  it('give their results in order, however long each takes', async () => {
    const slow = Promise.withResolvers<string>();
    const results = together([() => slow.promise, async () => slow.resolve('slow')], 2, never);

    expect(await results).toEqual(['slow', undefined]);
  });

  it('begin as others end when there are more than may run at once', async () => {
    const begun: number[] = [];
    const first = Promise.withResolvers<void>();
    const works = [0, 1, 2].map((index) => async () => {
      begun.push(index);
      if (index === 0) await first.promise;
    });
    const done = together(works, 1, never);
    await new Promise(setImmediate);

    expect(begun).toEqual([0]);
    first.resolve();
    await done;
    expect(begun).toEqual([0, 1, 2]);
  });

  it('end with the first failure: those that run are told, those that wait never begin', async () => {
    let isTold = false;
    let hasBegun = false;
    const works = [
      (signal: AbortSignal) =>
        new Promise((_, reject) => {
          signal.addEventListener('abort', () => {
            isTold = true;
            reject(signal.reason);
          });
        }),
      async () => {
        throw new Error('first');
      },
      async () => {
        hasBegun = true;
      },
    ];

    await expect(together(works, 2, never)).rejects.toThrow('first');
    expect([isTold, hasBegun]).toEqual([true, false]);
  });
});
