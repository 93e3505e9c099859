/** The queues of what could not be processed. Only what came from a queue can be moved back. */
export const deadLetterQueues = [
  {
    name: 'webhooks',
    holds: 'webhooks whose attempts are used up or that the receiver refuses',
    isRedrivable: true,
    advice: 'Redrive them once the receiver is repaired. Those of jobs that changed since are dropped.',
  },
  {
    name: 'changes',
    holds: 'changes that bookkeeping could not process',
    isRedrivable: false,
    advice: 'Jobs start anyway. For the webhooks, process the records again: the runbook says how.',
  },
  {
    name: 'pushes',
    holds: 'changes that could not be pushed to watchers',
    isRedrivable: false,
    advice: 'Watchers read the status when they reconnect, so nothing has to be repeated.',
  },
] as const;

export type DeadLetterQueue = (typeof deadLetterQueues)[number]['name'];
