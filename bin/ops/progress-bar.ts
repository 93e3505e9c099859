const width = 30;

/** `[██████░░░░░░] 12 of 30`. */
export function progressBar(done: number, all: number): string {
  const filled = all === 0 ? width : Math.floor((done / all) * width);
  return `[${'█'.repeat(filled)}${'░'.repeat(width - filled)}] ${done} of ${all}`;
}
