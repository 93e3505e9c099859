/**
 * Properties of the core's own objects, which the build shortens. Applications, the API and the platform never see
 * them: a name that one of these uses must not be here.
 */
export const internalNames = new RegExp(
  `^(${[
    // Platform
    ...['after', 'newIdempotencyKey', 'onWake'],
    // Http and ServerClock
    ...['clock', 'etag', 'is', 'learn', 'path', 'repeat', 'until'],
    // LiveSocket
    ...['ask', 'lose', 'onLive', 'onStatus', 'refuse', 'take'],
    // Watch and what follows it
    ...['confirm', 'http', 'isDone', 'known', 'listen', 'onWatches', 'platform'],
    ...['request', 'signals', 'socket', 'toTheEnd', 'unlisten', 'watches'],
  ].join('|')})$`,
);
