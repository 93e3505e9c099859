import { isTerminal } from './is-terminal.ts';
import { createLiveSocket, defaultHeartbeatMs, type LiveSocket } from './live-socket.ts';
import { type Platform, type PlatformOptions, platform } from './platform.ts';
import type { CancelledJob, CompletedJob, FailedJob, OpenJob, StatusDocument } from './protocol.ts';

/** Callbacks of a watched job. Each version is reported once. */
export interface OrderStatusCallbacks {
  /** The job continues. */
  readonly onStatusUpdate?: (job: OpenJob) => void;
  /** The job is completed; the socket is closed. */
  readonly onComplete?: (job: CompletedJob) => void;
  /** The job failed or was cancelled; the socket is closed. */
  readonly onError?: (job: FailedJob | CancelledJob) => void;
  /** The server refuses the subscription, for example because the job has too many watchers. Poll instead. */
  readonly onRefused?: (reason: string) => void;
}

/** Options of {@link OrderStatusSocket}. */
export interface OrderStatusSocketOptions extends Pick<PlatformOptions, 'WebSocket'> {
  /**
   * Milliseconds between two heartbeats.
   * @default 50000
   */
  readonly heartbeatMs?: number | undefined;
}

/** Watches over a WebSocket alone: the plain pattern. {@link createOrdersClient} also polls when there is no socket. */
export class OrderStatusSocket {
  readonly #updatesUrl: string;
  readonly #callbacks: OrderStatusCallbacks;
  readonly #platform: Platform;
  readonly #socket: LiveSocket;
  #latest: StatusDocument | undefined;
  #unsubscribe = () => {};
  #stopWaking = () => {};

  /** @param updatesUrl `updatesUrl` of the accepted order */
  constructor(
    updatesUrl: string,
    callbacks: OrderStatusCallbacks,
    { heartbeatMs = defaultHeartbeatMs, ...options }: OrderStatusSocketOptions = {},
  ) {
    this.#updatesUrl = updatesUrl;
    this.#callbacks = callbacks;
    this.#platform = platform(options);
    this.#socket = createLiveSocket(heartbeatMs, this.#platform);
  }

  /** Starts watching, and reconnects when the connection is lost. */
  connect(): void {
    this.close();
    this.#stopWaking = this.#platform.onWake(this.#socket.wake);
    this.#unsubscribe = this.#socket.subscribe({
      url: this.#updatesUrl,
      onStatus: (job) => this.#take(job),
      onRefused: (reason) => {
        this.close();
        this.#callbacks.onRefused?.(reason);
      },
    });
  }

  /** Stops watching. */
  close(): void {
    this.#stopWaking();
    this.#unsubscribe();
  }

  #take(job: StatusDocument): void {
    if (this.#latest && job.version <= this.#latest.version) return;
    this.#latest = job;
    if (isTerminal(job)) this.close();
    if (job.status === 'completed') this.#callbacks.onComplete?.(job);
    else if (isTerminal(job)) this.#callbacks.onError?.(job);
    else this.#callbacks.onStatusUpdate?.(job);
  }
}
