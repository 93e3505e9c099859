/** The only account on this machine. */
export const account = '000000000000';

/** The only region on this machine. */
export const region = 'us-east-1';
