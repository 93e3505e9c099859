/**
 * Properties of the client's own objects, which the build shortens. Applications, the API and the platform never see
 * them: a name that one of these uses must not be here.
 */
export const internalNames = new RegExp(
  `^(${[
    // Platform
    ...['after', 'hasWebSocket', 'newIdempotencyKey', 'onWake'],
    // Http and ServerClock
    ...['basePath', 'clock', 'is', 'learn', 'repeat', 'until'],
    // LiveSocket
    ...['ask', 'lose', 'onLive', 'onStatus', 'refuse', 'take'],
    // Watch and what follows it
    ...[
      'confirm',
      'isNew',
      'listen',
      'onListened',
      'onRunning',
      'platform',
      'running',
      'signals',
      'toTheEnd',
    ],
  ].join('|')})$`,
);
