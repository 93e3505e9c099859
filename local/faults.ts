/** A fault asked for by `POST /_local/faults`. */
export interface FaultRequest {
  /** `lambda:<part of the construct path>`, `<service>:<Operation>`, `stream`, `events` or `socket`. */
  readonly target: string;
  readonly effect: string;
  readonly times?: number;
  readonly probability?: number;
  readonly ms?: number;
}

/** A fault that struck. */
export interface Fault {
  readonly effect: string;
  readonly ms: number;
}

/** The registry of injected faults. */
export interface Faults {
  add(request: FaultRequest): string;
  clear(): void;
  /** The fault to apply now at this target, if any; counts it as used. For a function, `name` is its construct path. */
  strike(target: { readonly kind: 'lambda' | 'api' | 'stream' | 'events' | 'socket'; readonly name: string }): Fault | undefined;
}
