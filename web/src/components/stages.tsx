import type { Step, StepStatus } from '@accepted/client';
import { formatDuration, formatRemaining, formatTime } from '../format.ts';
import { stageName, texts } from '../texts.ts';
import { Icon, type IconName } from './icon.tsx';

const icons: Readonly<Record<StepStatus, IconName>> = {
  pending: 'waiting',
  'in-progress': 'running',
  completed: 'done',
  failed: 'failed',
  skipped: 'skipped',
  compensated: 'undone',
};

/** Before the first status: the rows that will be there, so that nothing moves. */
const expected: readonly Step[] = Object.keys(texts.stages).map((name) => ({ name, status: 'pending' }));

/** The stages in their order, with times, attempts, and how long until the next attempt. */
export function Stages({
  steps = expected,
  now,
}: {
  readonly steps: readonly Step[] | undefined;
  /** Milliseconds since 1970, by the server's clock. */
  readonly now: number;
}) {
  return (
    <ol className="stages">
      {steps.map((step) => (
        <li
          key={step.name}
          className={`stage stage-${step.status}`}
          data-stage={step.name}
          data-status={step.status}
        >
          <span className="mark">
            <Icon name={step.nextAttemptAt ? 'retrying' : icons[step.status]} />
          </span>
          <span className="stage-name">{stageName(step.name)}</span>
          <span className="stage-time">{timeOf(step, now)}</span>
          <span className="stage-word">
            {texts.step[step.status]}
            {step.attempts ? ` · ${texts.attempts(step.attempts)}` : ''}
            {step.nextAttemptAt
              ? ` · ${texts.nextAttempt(formatRemaining(Date.parse(step.nextAttemptAt) - now))}`
              : ''}
          </span>
          <span className="stage-at">{step.startedAt && formatTime(step.startedAt)}</span>
        </li>
      ))}
    </ol>
  );
}

function timeOf({ status, startedAt, completedAt }: Step, now: number): string {
  if (!startedAt) return '';
  if (completedAt) return formatDuration(Date.parse(completedAt) - Date.parse(startedAt));
  return status === 'in-progress' ? formatDuration(Math.max(100, now - Date.parse(startedAt))) : '';
}
