import type { OperatorResults } from '../../domain/operator/operator-protocol.ts';
import { type ExitCode, exitCodes } from './failures.ts';
import type { Session } from './session.ts';
import { table } from './table.ts';

/** What an erasure never touches, and why. */
export const keptInAnyCase = [
  'What was ordered, its total and its times, and the ledger of charges and refunds: the books need them.',
  "The owner's id on jobs and orders: it names an account, not the person. Delete the user in the user pool.",
  'Job records, idempotency keys and logs: they hold ids only and expire.',
  'Backups of the orders table: point-in-time recovery forgets after 35 days. Erase again after a restore.',
  'What left the system: the payment provider, sent e-mails, receivers of webhooks. Ask them.',
];

/** Erases the personal data of one person: says what it would do, asks, and does it. */
export async function erasePerson(email: string, session: Session): Promise<ExitCode> {
  const { terminal, show, confirm } = session;
  const planned = await eraseAll(email, true, session);
  terminal.note(
    `The e-mail address, reference, callback URL and payment token of ${planned.erased.length} orders.`,
  );
  terminal.note(`Kept in any case:\n${keptInAnyCase.map((kept) => `- ${kept}`).join('\n')}`);
  if (planned.erased.length > 0) await confirm(`Erase ${planned.erased.length} orders' personal data?`);

  const done = planned.erased.length > 0 ? await eraseAll(email, false, session) : planned;
  show(done, () => describe(done));
  return done.kept.length > 0 ? exitCodes.refused : exitCodes.done;
}

async function eraseAll(
  email: string,
  dryRun: boolean,
  { operate }: Session,
): Promise<Omit<OperatorResults['erase'], 'cursor'>> {
  const [erased, kept]: [string[], { readonly jobId: string; readonly reason: string }[]] = [[], []];
  let cursor: string | undefined;
  do {
    const page = await operate({ action: 'erase', email, dryRun, ...(cursor !== undefined && { cursor }) });
    erased.push(...page.erased);
    kept.push(...page.kept);
    cursor = page.cursor;
  } while (cursor !== undefined);
  return { erased, kept };
}

function describe({ erased, kept }: Omit<OperatorResults['erase'], 'cursor'>): string {
  const rows = kept.map(({ jobId, reason }) => [jobId, reason]);
  return [
    `${erased.length} orders erased.`,
    ...(rows.length > 0 ? [table(['KEPT ORDER OF JOB', 'WHY'], rows)] : []),
  ].join('\n');
}
