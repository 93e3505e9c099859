/**
 * The Content-Security-Policy of the order page: no inline script or style, nothing from elsewhere.
 *
 * @param connect origins of the API, its sockets and the sign-in, where they are not the page's own
 */
export const contentSecurityPolicy = (connect: readonly string[]): string =>
  [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    `connect-src ${["'self'", ...connect].join(' ')}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
