import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { AwsError } from '../wire/aws-error.ts';
import type { JsonObject } from '../wire/aws-service.ts';
import { integerParameter } from './integer-parameter.ts';
import type { MessageQueue } from './message-queue.ts';

/** A move as ListMessageMoveTasks answers it. */
interface Task extends JsonObject {
  readonly TaskHandle: string;
  readonly SourceArn: string;
  readonly ApproximateNumberOfMessagesToMove: number;
  ApproximateNumberOfMessagesMoved: number;
  Status: 'RUNNING' | 'COMPLETED' | 'CANCELLED' | 'FAILED';
}

/**
 * The operations that move messages out of dead-letter queues. A move ends with the process: what is not moved then
 * stays where it is.
 * @param queues By ARN.
 * @param secondMs How long a second lasts, which scales their rates.
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_StartMessageMoveTask.html
 */
export function messageMoves(
  queues: ReadonlyMap<string, MessageQueue>,
  secondMs: number,
  stopping: AbortSignal,
): Readonly<Record<string, (input: JsonObject) => JsonObject>> {
  const tasks: Task[] = [];

  function queueOf(arn: unknown): MessageQueue {
    const queue = queues.get(String(arn));
    if (!queue) throw new AwsError('ResourceNotFoundException', `There is no queue ${arn}.`, 404);
    return queue;
  }

  /** @param to Without it each message goes back to the queue that gave it up. */
  async function run(task: Task, perSecond: number, source: MessageQueue, to?: MessageQueue): Promise<void> {
    while (task.Status === 'RUNNING' && !stopping.aborted) {
      const left = task.ApproximateNumberOfMessagesToMove - task.ApproximateNumberOfMessagesMoved;
      const [message] = left > 0 ? await source.receive(1, 0) : [];
      const target = to ?? queues.get(message?.source ?? '');
      if (!message) task.Status = 'COMPLETED';
      else if (!target) {
        source.reappear(message, Date.now());
        Object.assign(task, { Status: 'FAILED', FailureReason: 'CouldNotDetermineMessageSource' });
      } else {
        target.send(message);
        source.delete(message.receipt ?? '');
        if (++task.ApproximateNumberOfMessagesMoved % perSecond === 0)
          await wait(secondMs, undefined, { signal: stopping }).catch(() => {});
      }
    }
  }

  return {
    StartMessageMoveTask({ SourceArn, DestinationArn, MaxNumberOfMessagesPerSecond }) {
      const source = queueOf(SourceArn);
      const destination = DestinationArn === undefined ? undefined : queueOf(DestinationArn);
      const perSecond = integerParameter({ MaxNumberOfMessagesPerSecond }, 1, 500, 500);
      const sources = [...queues.values()].map(({ settings }) => settings.redrive?.deadLetterArn);
      if (!sources.includes(source.arn)) throw invalid('The source must be a dead-letter queue.');
      if (destination === source) throw invalid('Source and destination must be different queues.');
      if (tasks.some((task) => task.SourceArn === source.arn && task.Status === 'RUNNING'))
        throw invalid('There is already a task running. Only one active task is allowed for a source queue.');
      const task: Task = {
        TaskHandle: randomUUID(),
        Status: 'RUNNING',
        SourceArn: source.arn,
        DestinationArn,
        MaxNumberOfMessagesPerSecond,
        ApproximateNumberOfMessagesMoved: 0,
        ApproximateNumberOfMessagesToMove: source.counts().visible,
        StartedTimestamp: Date.now(),
      };
      tasks.unshift(task);
      void run(task, perSecond, source, destination);
      return { TaskHandle: task.TaskHandle };
    },
    ListMessageMoveTasks({ SourceArn, MaxResults }) {
      const source = queueOf(SourceArn);
      const found = tasks.filter((task) => task.SourceArn === source.arn);
      const Results = found.slice(0, integerParameter({ MaxResults }, 1, 10, 1)).map((task) => {
        return { ...task, TaskHandle: task.Status === 'RUNNING' ? task.TaskHandle : undefined };
      });
      return { Results };
    },
    CancelMessageMoveTask({ TaskHandle }) {
      const task = tasks.find((each) => each.TaskHandle === TaskHandle && each.Status === 'RUNNING');
      if (!task) throw new AwsError('ResourceNotFoundException', 'There is no such task that runs.', 404);
      task.Status = 'CANCELLED';
      return { ApproximateNumberOfMessagesMoved: task.ApproximateNumberOfMessagesMoved };
    },
  };
}

const invalid = (message: string) => new AwsError('InvalidParameterValue', message);
