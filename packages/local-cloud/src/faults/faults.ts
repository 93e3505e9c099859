import { randomUUID } from 'node:crypto';
import { throttle } from '../wire/throttle.ts';
import { mulberry32 } from './mulberry32.ts';

/** A fault asked for by `POST /_local/faults`. */
export interface FaultRequest {
  /** `lambda:<part of the construct path>`, `<service>:<Operation>`, `stream`, `events` or `socket`. */
  readonly target: string;
  readonly effect: string;
  readonly times?: number;
  readonly probability?: number;
  readonly ms?: number;
  /** Strikes only what exceeds a bucket of so many tokens, which fills at this rate: a quota. */
  readonly perSecond?: number;
}

/** A fault that struck. */
export interface Fault {
  readonly effect: string;
  readonly ms: number;
}

/** The registry of injected faults. */
export interface Faults {
  add(request: FaultRequest): string;
  /** Removes one fault, if it is still there. */
  remove(id: string): void;
  clear(): void;
  /** The faults that are there, in the order in which they were asked for. */
  injected(): readonly (FaultRequest & { readonly id: string })[];
  /** The fault to apply now at this target, if any; counts it as used. For a function, `name` is its construct path. */
  strike(target: { readonly kind: TargetKind; readonly name: string }): Fault | undefined;
  /** How often faults struck since the start, by target and effect as they were asked for: `stream: delay`. */
  struck(): Readonly<Record<string, number>>;
}

/** What is there to be struck: construct paths, and IAM prefixes. */
export type Targets = Readonly<Record<'functions' | 'services', readonly string[]>>;

type TargetKind = 'lambda' | 'api' | 'stream' | 'events' | 'socket';

const effects: Readonly<Record<TargetKind, readonly string[]>> = {
  lambda: ['error', 'throttle', 'crash-before', 'crash-after', 'hang'],
  api: ['error', 'throttle', 'lost-answer', 'slow'],
  stream: ['duplicate', 'delay'],
  events: ['drop'],
  socket: ['drop'],
};

/** Effects that mean nothing without `ms`. */
const timed = ['slow', 'delay'];

interface Injected extends Fault {
  readonly kind: TargetKind;
  /** Compared without case and dashes; a whole operation, or part of a construct path. */
  readonly name: string;
  readonly probability: number;
  readonly request: FaultRequest;
  /** Under what it is counted. */
  readonly label: string;
  /** Whether one more call is within the quota that the fault stands for. */
  readonly isWithin: () => boolean;
  left: number;
}

/**
 * A registry without faults. Only faults with a `probability` draw from the generator, so `times` stays exact.
 * @param targets What there is by now: a fault at anything else is refused.
 * @throws Error from `add`, saying what is wrong with the request and what is allowed.
 */
export function createFaults(seed: number, targets: () => Targets): Faults {
  const injected = new Map<string, Injected>();
  const struck = new Map<string, number>();
  const random = mulberry32(seed);

  return {
    add(request) {
      const fault = parse(request);
      refuseMissing(request.target, fault, targets());
      const id = randomUUID();
      injected.set(id, fault);
      return id;
    },
    remove: (id) => void injected.delete(id),
    clear: () => injected.clear(),
    injected: () =>
      [...injected].map(([id, { request, left }]) => {
        return { id, ...request, ...(Number.isFinite(left) && { times: left }) };
      }),
    strike({ kind, name }) {
      // Almost always there is none: keep the way of every call short.
      if (injected.size === 0) return undefined;
      const wanted = plain(kind === 'lambda' ? withinStack(name) : name);
      for (const [id, fault] of injected) {
        const isHere =
          kind === 'lambda' ? wanted.includes(fault.name) : wanted === fault.name || fault.name === '';
        if (fault.kind !== kind || !isHere) continue;
        if (fault.isWithin()) continue;
        if (fault.probability < 1 && random() >= fault.probability) continue;
        fault.left -= 1;
        struck.set(fault.label, (struck.get(fault.label) ?? 0) + 1);
        if (fault.left === 0) injected.delete(id);
        return { effect: fault.effect, ms: fault.ms };
      }
      return undefined;
    },
    struck: () => Object.fromEntries(struck),
  };
}

function parse(request: FaultRequest): Injected {
  const { target, effect = '', times, probability, ms, perSecond, ...others } = request ?? {};
  const [unknown] = Object.keys(others);
  if (unknown)
    throw new Error(
      `${unknown} is not a member of a fault; allowed: target, effect, times, probability, ms, perSecond`,
    );

  const { kind, name } = parseTarget(target);
  if (!effects[kind].includes(effect)) {
    throw refusal(`effect of ${target}`, request.effect, effects[kind].join(', '));
  }
  if (times !== undefined && !(Number.isSafeInteger(times) && times > 0)) {
    throw refusal('times', times, 'a whole number from 1');
  }
  if (probability !== undefined && !(Number.isFinite(probability) && probability > 0 && probability <= 1)) {
    throw refusal('probability', probability, 'above 0, up to 1');
  }
  if (ms === undefined && timed.includes(effect)) throw new Error(`effect ${effect} needs ms`);
  if (ms !== undefined && !(Number.isFinite(ms) && ms >= 0)) throw refusal('ms', ms, 'a number from 0');
  if (perSecond !== undefined && !(Number.isFinite(perSecond) && perSecond > 0)) {
    throw refusal('perSecond', perSecond, 'a number above 0');
  }
  const isWithin = perSecond === undefined ? () => false : quota(perSecond);
  const label = `${target}: ${effect}`;
  const struck = { left: times ?? Infinity, probability: probability ?? 1, ms: ms ?? 0 };
  return { kind, name, effect, label, request, isWithin, ...struck };
}

/** A bucket that holds what a second fills. */
function quota(perSecond: number): () => boolean {
  const take = throttle({ ratePerSecond: perSecond, burst: Math.max(1, perSecond) });
  return () => take('');
}

function refusal(member: string, value: unknown, allowed: string): Error {
  return new Error(`${member} is ${JSON.stringify(value)}; allowed: ${allowed}`);
}

function parseTarget(target: unknown): { readonly kind: TargetKind; readonly name: string } {
  if (target === 'stream' || target === 'events' || target === 'socket') return { kind: target, name: '' };
  const [, kind, name] = (typeof target === 'string' && /^([a-z][a-z-]*):([\w/-]+)$/.exec(target)) || [];
  if (kind === undefined || name === undefined) {
    const allowed = 'lambda:<part of a construct path>, <service>:<Operation>, stream, events, socket';
    throw refusal('target', target, allowed);
  }
  return kind === 'lambda' ? { kind, name: plain(name) } : { kind: 'api', name: plain(`${kind}:${name}`) };
}

/** A misspelt target would never be struck, and its author would take that for a success. */
function refuseMissing(target: string, { kind, name }: Injected, { functions, services }: Targets): void {
  if (kind === 'lambda' && !functions.some((path) => plain(withinStack(path)).includes(name))) {
    throw new Error(`target ${target} is part of no function's path; functions: ${functions.join(', ')}`);
  }
  if (kind === 'api' && !services.some((service) => name.startsWith(plain(`${service}:`)))) {
    throw new Error(`target ${target} names no service; services: ${services.join(', ')}`);
  }
}

/** A function's path begins with the stack's name, which may contain that of any function. */
const withinStack = (path: string): string => path.slice(path.indexOf('/') + 1);

const plain = (text: string): string => text.toLowerCase().replaceAll('-', '');
