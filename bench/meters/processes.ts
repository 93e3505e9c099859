import { readdirSync, readFileSync } from 'node:fs';

/** Ticks of a second in `/proc/<pid>/stat`: 100 on every Linux that Node.js runs on. */
const ticksPerSecond = 100;

export interface ProcessUse {
  /** Processor time since the processes began, user and system. */
  readonly cpuSeconds: number;
  /** Resident memory, in MB. */
  readonly memoryMb: number;
}

/**
 * What processes and all their descendants use now. A process that ended takes its processor time with it.
 *
 * @throws Error where there is no `/proc` (anything but Linux)
 */
export function processUse(roots: readonly number[]): ProcessUse {
  const all = new Map<number, Stat>();
  for (const entry of readdirSync('/proc')) {
    const stat = /^\d+$/.test(entry) ? statOf(Number(entry)) : undefined;
    if (stat) all.set(stat.pid, stat);
  }
  const isMeant = (stat: Stat | undefined): boolean =>
    stat !== undefined && (roots.includes(stat.pid) || isMeant(all.get(stat.parent)));
  const meant = [...all.values()].filter(isMeant);
  return {
    cpuSeconds: meant.reduce((sum, { ticks }) => sum + ticks, 0) / ticksPerSecond,
    memoryMb: Math.round(meant.reduce((sum, { kb }) => sum + kb, 0) / 1024),
  };
}

interface Stat {
  readonly pid: number;
  readonly parent: number;
  readonly ticks: number;
  readonly kb: number;
}

/** See proc(5). The name in parentheses may contain spaces, so the fields are counted after it. */
function statOf(pid: number): Stat | undefined {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
    const [, resident] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return {
      pid,
      parent: Number(fields[1]),
      ticks: Number(fields[11]) + Number(fields[12]),
      kb: Number(resident ?? 0),
    };
  } catch {
    // It ended while it was looked at.
    return undefined;
  }
}
