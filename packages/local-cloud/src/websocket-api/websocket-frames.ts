/**
 * Looks at the sizes of incoming frames, which the `ws` package joins to messages before anybody sees them.
 * @returns a function that takes what arrives, chunk by chunk, and gives the payload size of its largest frame whose
 * header ends there
 */
export function frameSizes(): (chunk: Buffer) => number {
  // The longest header: 2 bytes, 8 of length, 4 of mask.
  const header = Buffer.alloc(14);
  let filled = 0;
  let payloadLeft = 0;

  return (chunk) => {
    let largest = 0;
    let offset = 0;
    while (true) {
      const skipped = Math.min(payloadLeft, chunk.length - offset);
      payloadLeft -= skipped;
      offset += skipped;
      if (offset === chunk.length) return largest;
      header[filled] = chunk.readUInt8(offset);
      filled += 1;
      offset += 1;
      if (filled < headerBytes(header, filled)) continue;
      payloadLeft = payloadBytes(header);
      filled = 0;
      largest = Math.max(largest, payloadLeft);
    }
  };
}

/** See RFC 6455, section 5.2. */
function headerBytes(header: Buffer, filled: number): number {
  if (filled < 2) return 2;
  const second = header.readUInt8(1);
  const length = second & 0x7f;
  return 2 + (length === 126 ? 2 : length === 127 ? 8 : 0) + (second & 0x80 ? 4 : 0);
}

function payloadBytes(header: Buffer): number {
  const length = header.readUInt8(1) & 0x7f;
  if (length === 126) return header.readUInt16BE(2);
  return length === 127 ? Number(header.readBigUInt64BE(2)) : length;
}
