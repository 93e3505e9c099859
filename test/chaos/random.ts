import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { mersenne } from 'pure-rand/generator/mersenne';

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

/** Draws that are the same on every machine. */
export function seededRandom(seed: number): Random {
  const generator = mersenne(seed);
  const next = () => uniformFloat64(generator);
  return {
    next,
    chance: (probability) => next() < probability,
    between: (least, most) => uniformInt(generator, least, most),
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
