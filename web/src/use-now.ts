import { useEffect, useState } from 'react';

/** A clock that ticks while it is enabled, in milliseconds since 1970. */
export function useNow(enabled: boolean, everyMs = 250): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (!enabled) return;
    const timer = setInterval(() => setNow(Date.now()), everyMs);
    return () => clearInterval(timer);
  }, [enabled, everyMs]);
  return now;
}
