import { mulberry32 } from '../../packages/local-cloud/src/faults/mulberry32.ts';

/** Draws that repeat with their seed. */
export interface Random {
  /** At least 0, below 1. */
  next(): number;
  /** Whether something of this probability happens. */
  chance(probability: number): boolean;
  /** A whole number, both ends included. */
  between(least: number, most: number): number;
  /** One of these, by their weights. */
  pick<Choice extends string>(weights: Readonly<Record<Choice, number>>): Choice;
}

/** Draws from the generator of the local cloud's own faults. */
export function seededRandom(seed: number): Random {
  const next = mulberry32(seed);
  return {
    next,
    chance: (probability) => next() < probability,
    between: (least, most) => least + Math.floor(next() * (most - least + 1)),
    pick<Choice extends string>(weights: Readonly<Record<Choice, number>>): Choice {
      const entries = Object.entries(weights) as [Choice, number][];
      let left = next() * entries.reduce((sum, [, weight]) => sum + weight, 0);
      for (const [choice, weight] of entries) {
        left -= weight;
        if (left < 0) return choice;
      }
      return entries[0]?.[0] as Choice;
    },
  };
}
