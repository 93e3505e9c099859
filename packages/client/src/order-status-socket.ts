import { type LiveSocket, openLiveSocket } from './live-socket.ts';
import { type Platform, type PlatformOptions, platform } from './platform.ts';
import type { StatusDocument } from './protocol.ts';
import { isTerminal } from './watch.ts';

/** Callbacks of a watched job. Each version is reported once. */
export interface OrderStatusCallbacks {
  /** The job continues. */
  readonly onStatusUpdate?: (job: StatusDocument) => void;
  /** The job is completed; the socket is closed. */
  readonly onComplete?: (job: StatusDocument) => void;
  /** The job failed or was cancelled; the socket is closed. */
  readonly onError?: (job: StatusDocument) => void;
  /** The server refuses the subscription, for example because the job has too many watchers. Poll instead. */
  readonly onRefused?: (reason: string) => void;
}

/** Watches over a WebSocket alone: the plain pattern. {@link createOrdersClient} also polls when there is no socket. */
export class OrderStatusSocket {
  readonly #updatesUrl: string;
  readonly #callbacks: OrderStatusCallbacks;
  readonly #platform: Platform;
  #latest: StatusDocument | undefined;
  #socket: LiveSocket | undefined;
  #stopWaking = () => {};

  /** @param updatesUrl `updatesUrl` of the accepted order */
  constructor(
    updatesUrl: string,
    callbacks: OrderStatusCallbacks,
    options: Pick<PlatformOptions, 'WebSocket'> = {},
  ) {
    this.#updatesUrl = updatesUrl;
    this.#callbacks = callbacks;
    this.#platform = platform(options);
  }

  /** Starts watching, and reconnects when the connection is lost. */
  connect(): void {
    this.close();
    this.#stopWaking = this.#platform.onWake(() => this.#socket?.wake());
    this.#socket = openLiveSocket(
      {
        url: this.#updatesUrl,
        sinceVersion: () => this.#latest?.version,
        onStatus: (job) => this.#take(job),
        onRefused: (reason) => {
          this.close();
          this.#callbacks.onRefused?.(reason);
        },
      },
      this.#platform,
    );
  }

  /** Stops watching. */
  close(): void {
    this.#stopWaking();
    this.#socket?.close();
    this.#socket = undefined;
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
