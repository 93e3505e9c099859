import type { Connection, JobStatus, StepStatus } from '@accepted/client';

/** Every text of the page. */
export const texts = {
  name: 'Accepted',
  tagline: 'An order API that answers at once',
  broken: 'The page cannot start.',

  hero: {
    accepted: (ms: string) => `202 Accepted in ${ms}`,
    watching: '202 Accepted',
    sending: 'Sending the order',
    idle: 'Place an order',
    refused: 'Not accepted',
    lead: 'The order was stored before the API answered. The work goes on without you: reload the page, drop the line or kill the server. It is done once, and you see its one result.',
    refusedLead: 'Nothing was stored, and nothing is left behind.',
    idleLead: 'The API stores the order, answers 202 and does the work afterwards. You see every stage here.',
  },

  connection: {
    connecting: 'connecting',
    live: 'live',
    polling: 'polling',
    offline: 'offline, reconnecting',
  } satisfies Record<Connection, string>,
  connectionHelp: {
    connecting: 'Opening a WebSocket.',
    live: 'Changes arrive over a WebSocket.',
    polling: 'There is no WebSocket just now: the page asks.',
    offline: 'Nothing answers. The order goes on; the page tries again by itself.',
  } satisfies Record<Connection, string>,

  status: {
    queued: 'Queued',
    processing: 'Processing',
    completed: 'Completed',
    failed: 'Failed',
    cancelled: 'Cancelled',
  } satisfies Record<JobStatus, string>,
  retrying: 'Retrying',
  cancelling: 'Cancelling',
  submitting: 'Submitting',
  refused: 'Refused',
  interrupted: 'Interrupted',

  step: {
    pending: 'Waiting',
    'in-progress': 'In progress',
    completed: 'Done',
    failed: 'Failed',
    skipped: 'Skipped',
    compensated: 'Undone',
  } satisfies Record<StepStatus, string>,
  stages: {
    validation: 'Validate the order',
    payment: 'Take the payment',
    'order-creation': 'Create the order',
    email: 'Send the confirmation',
  } as Readonly<Record<string, string>>,
  attempts: (count: number) => `attempt ${count}`,
  nextAttempt: (left: string) => `next attempt within ${left}`,

  order: {
    heading: 'This order',
    progress: 'Progress of the order',
    remaining: (left: string) => `about ${left} left`,
    soon: 'any moment now',
    took: (duration: string) => `took ${duration}`,
    result: (orderId: string) => `Order ${orderId} exists.`,
    mail: (email: string) => `The confirmation went to ${email}.`,
    noMail: 'The confirmation could not be sent. The order stands.',
    refunded: 'The charge was refunded.',
    notCharged: 'Nothing was charged.',
    redrivable: (until: string) =>
      `A redrive resumes at the failed stage without charging again, until ${until}. After that everything is undone.`,
    final: 'This failure is final. Place a new order.',
    cancelling: 'The cancellation takes effect when the stage in progress ends.',
    interrupted:
      'The page was left before an answer came. Send the same order again: it has the same key and makes no second job.',
    sendAgain: 'Send again',
    back: 'Back to my order',
    other: 'You watch another order.',
  },

  actions: {
    cancel: 'Cancel order',
    redrive: 'Redrive',
    secondTab: 'Open in a second tab',
    curl: 'Copy as curl',
    copied: 'Copied',
    notCopied: 'Not copied: the browser does not allow it',
    failed: (message: string) => `That did not work: ${message}`,
  },

  place: {
    heading: 'Place an order',
    outcomes: {
      tok_slow: ['Slow', 'Payment takes three seconds'],
      tok_visa: ['Fast', 'Everything succeeds at once'],
      tok_flaky: ['Flaky', 'Payment fails twice, then succeeds'],
      tok_declined: ['Declined', 'The card is declined'],
    } as Readonly<Record<string, readonly [string, string]>>,
    own: 'Your own values',
    email: 'E-mail',
    sku: 'Article',
    quantity: 'Quantity',
    price: 'Price each',
    currency: 'Currency',
    token: 'Payment token',
    submit: 'Place this order',
    refused: 'The API did not accept this order.',
  },

  breakIt: {
    heading: 'Break it',
    lead: 'Where no order is running, a slow one is placed for it.',
    crash: ['Crash payment', 'after the charge, before its answer'],
    lostAnswer: ['Lose the answer', 'to a new order; the client asks again'],
    dropSocket: ['Drop the socket', 'without a goodbye'],
    duplicate: ['Duplicate the stream', 'every change is delivered twice'],
    kill: ['Kill the server', 'SIGKILL, and start it again'],
    done: {
      crash: 'payment crashed after the charge',
      lostAnswer: 'the answer to the post was lost',
      dropSocket: 'the socket was dropped',
      duplicate: 'the stream delivered twice',
      kill: 'the server was killed',
    },
  } as const,

  proof: {
    heading: 'The proof',
    intact: 'Nobody has broken this order yet.',
    despite: (what: string) => `Although ${what}:`,
    charges: 'charges',
    refunded: (refunds: number) => `${refunds} refunded`,
    orders: 'orders',
    mails: 'mails',
    jobs: 'jobs',
    reads: 'HTTP reads',
    pushes: 'pushes',
    price: 'this order',
    perMillion: 'per million',
    unmeasured: 'not measured',
    note: 'Charges, orders, mails and jobs: all that this machine holds under the order’s reference. Reads and pushes: what this tab received. Price: all that AWS would bill at list prices since the order was placed, this page’s own reads included.',
    shared: (orders: number) => `The bill is divided by the ${orders} orders placed since.`,
  },

  document: {
    heading: 'Status document',
    versions: 'Versions',
    version: (version: number) => `Version ${version}`,
    text: (version: number | undefined) => (version ? `Text of version ${version}` : 'Text'),
    none: 'There is no document yet.',
  },

  history: {
    heading: 'Your orders',
    filter: 'Status',
    all: 'All',
    empty: 'There are none.',
    more: 'Show more',
    refresh: 'Refresh',
  },

  session: {
    signedOut: 'Sign in to place orders and to see yours.',
    expired: 'Your session has expired. Your order continues; sign in to see it.',
    signIn: 'Sign in',
    signOut: 'Sign out',
  },

  announce: {
    accepted: 'The order was accepted.',
    stage: (stage: string) => `Now: ${stage}.`,
    retry: (stage: string, attempt: number) => `${stage} is tried again, attempt ${attempt}.`,
    completed: 'The order is completed.',
    cancelling: 'The order is being cancelled.',
    failed: (message: string) => `The order failed. ${message}`,
    cancelled: 'The order was cancelled.',
    offline: 'The connection is lost. The order continues.',
  },
} as const;

/** A stage's name for people; a stage that this page does not know keeps its own. */
export const stageName = (stage: string): string => texts.stages[stage] ?? stage;
