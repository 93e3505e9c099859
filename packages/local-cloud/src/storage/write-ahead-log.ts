import { readFileSync } from 'node:fs';
import { DataFileError } from './data-file.ts';

const headerBytes = 32;
const frameHeaderBytes = 24;

/**
 * Checks the write-ahead log of a database that was not closed. SQLite drops everything behind a damaged part without
 * a word; a process that was killed can leave an unfinished transaction at the end, but no commit behind one.
 * @throws DataFileError when commits are lost.
 * @see https://www.sqlite.org/fileformat2.html#the_write_ahead_log
 */
export function checkLog(file: string): void {
  const log = readFileSync(file);
  const magic = log.length < headerBytes ? 0 : log.readUInt32BE(0);
  if (magic >>> 1 !== 0x377f0682 >>> 1) throw new DataFileError(file, 'is damaged (not a log)');
  const sum = checksum(log, magic % 2 === 1);
  const frameBytes = frameHeaderBytes + log.readUInt32BE(8);
  const salt = log.subarray(16, 24);
  let sums = sum([0, 0], 0, 24);
  let isValid = matches(log, 24, sums);
  for (let at = headerBytes; at + frameBytes <= log.length; at += frameBytes) {
    // Frames with another salt are left over from before the log began anew.
    const isCurrent = salt.equals(log.subarray(at + 8, at + 16));
    if (isValid) sums = sum(sum(sums, at, at + 8), at + frameHeaderBytes, at + frameBytes);
    isValid &&= isCurrent && matches(log, at + 16, sums);
    const isCommit = log.readUInt32BE(at + 4) > 0;
    if (!isValid && isCurrent && isCommit) throw new DataFileError(file, `is damaged (before byte ${at})`);
  }
}

type Sums = readonly [number, number];

const matches = (log: Buffer, at: number, [first, second]: Sums) =>
  log.readUInt32BE(at) === first && log.readUInt32BE(at + 4) === second;

function checksum(log: Buffer, isBigEndian: boolean) {
  const read = isBigEndian ? log.readUInt32BE.bind(log) : log.readUInt32LE.bind(log);
  return ([first, second]: Sums, from: number, to: number): Sums => {
    let [a, b] = [first, second];
    for (let at = from; at < to; at += 8) {
      a = (a + read(at) + b) >>> 0;
      b = (b + read(at + 4) + a) >>> 0;
    }
    return [a, b];
  };
}
