/** What the examples of the README take for granted: the reader's own code, and packages that are not installed here. */

type Client = typeof import('@accepted/client');

declare const orders: ReturnType<Client['createOrdersClient']>;
declare const handle: import('@accepted/client').OrderHandle;
declare const order: import('@accepted/client').OrderRequest;
declare const jobId: string;
declare const updatesUrl: string;
declare const token: string;
declare const tracedFetch: typeof fetch;
declare const session: { accessToken(options: { renew: boolean }): Promise<string> };

declare function render(job: import('@accepted/client').StatusDocument): void;
declare function render(status: string, stage: string | undefined, progress: number): void;
declare function show(error: Error): void;
declare function indicate(connection: import('@accepted/client').Connection): void;
declare function done(job: import('@accepted/client').CompletedJob): void;
declare function failed(job: { readonly error: { readonly code: string } }): void;

declare module 'react-native' {
  export const AppState: {
    addEventListener(type: 'change', listener: (state: 'active' | 'background' | 'inactive') => void): object;
  };
}

declare module '@react-native-community/netinfo' {
  const NetInfo: {
    addEventListener(listener: (state: { readonly isConnected: boolean | null }) => void): () => void;
  };
  export default NetInfo;
}

declare module '@tanstack/react-query' {
  export function useQuery<T>(options: {
    readonly queryKey: readonly unknown[];
    readonly queryFn: () => Promise<T>;
  }): { readonly data: T | undefined };
  export function useQueryClient(): {
    setQueryData<T>(queryKey: readonly unknown[], data: T): void;
  };
}
