import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { AwsError } from '../wire/aws-error.ts';
import type { JsonObject } from '../wire/aws-service.ts';
import type { MessageQueue } from './message-queue.ts';

interface Task {
  readonly handle: string;
  readonly source: MessageQueue;
  readonly destination: MessageQueue | undefined;
  /** What was asked for. */
  readonly perSecond: number | undefined;
  readonly toMove: number;
  readonly started: number;
  status: 'RUNNING' | 'COMPLETED' | 'CANCELLED' | 'FAILED';
  moved: number;
  failure?: string;
}

/** SQS's highest rate, which holds unless another is asked for. */
const maxPerSecond = 500;

/**
 * The operations that move messages out of dead-letter queues. A move ends with the process: what is not moved then
 * stays where it is.
 * @param queues By ARN.
 * @param secondMs How long a second lasts.
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

  /** Without a destination each message goes back to the queue that gave it up. */
  function originOf(source: string | null): MessageQueue {
    const queue = queues.get(source ?? '');
    if (!queue) throw new Error('CouldNotDetermineMessageSource');
    return queue;
  }

  async function run(task: Task): Promise<void> {
    const { source, destination, toMove, perSecond = maxPerSecond } = task;
    try {
      while (task.status === 'RUNNING' && !stopping.aborted) {
        const target = Math.min(toMove, task.moved + perSecond);
        while (task.moved < target && source.moveNext((from) => destination ?? originOf(from)))
          task.moved += 1;
        if (task.moved < target || task.moved === toMove) task.status = 'COMPLETED';
        else await wait(secondMs, undefined, { signal: stopping }).catch(() => {});
      }
    } catch (error) {
      task.status = 'FAILED';
      task.failure = (error as Error).message;
    }
  }

  return {
    StartMessageMoveTask({ SourceArn, DestinationArn, MaxNumberOfMessagesPerSecond: rate }) {
      const source = queueOf(SourceArn);
      const destination = DestinationArn === undefined ? undefined : queueOf(DestinationArn);
      const perSecond = rate === undefined ? undefined : Number(rate);
      const sources = [...queues.values()].map(({ settings }) => settings.redrive?.deadLetterArn);
      if (!sources.includes(source.arn)) throw invalid('The source must be a dead-letter queue.');
      if (destination === source) throw invalid('Source and destination must be different queues.');
      if (perSecond !== undefined && !(perSecond >= 1 && perSecond <= maxPerSecond)) {
        throw invalid(`MaxNumberOfMessagesPerSecond is ${rate}; allowed: 1 to ${maxPerSecond}`);
      }
      if (tasks.some((task) => task.source === source && task.status === 'RUNNING')) {
        throw invalid('There is already a task running. Only one active task is allowed for a source queue.');
      }
      const [handle, toMove, started] = [randomUUID(), source.counts().visible, Date.now()];
      const task: Task = {
        ...{ handle, source, destination, perSecond, toMove, started },
        status: 'RUNNING',
        moved: 0,
      };
      tasks.unshift(task);
      void run(task);
      return { TaskHandle: handle };
    },
    ListMessageMoveTasks({ SourceArn, MaxResults = 1 }) {
      const source = queueOf(SourceArn);
      const found = tasks.filter((task) => task.source === source);
      return { Results: found.slice(0, Math.min(Number(MaxResults), 10)).map(described) };
    },
    CancelMessageMoveTask({ TaskHandle }) {
      const task = tasks.find(({ handle, status }) => handle === TaskHandle && status === 'RUNNING');
      if (!task) throw new AwsError('ResourceNotFoundException', 'There is no such task that runs.', 404);
      task.status = 'CANCELLED';
      return { ApproximateNumberOfMessagesMoved: task.moved };
    },
  };
}

function described(task: Task): JsonObject {
  return {
    TaskHandle: task.status === 'RUNNING' ? task.handle : undefined,
    Status: task.status,
    SourceArn: task.source.arn,
    DestinationArn: task.destination?.arn,
    MaxNumberOfMessagesPerSecond: task.perSecond,
    ApproximateNumberOfMessagesMoved: task.moved,
    ApproximateNumberOfMessagesToMove: task.toMove,
    FailureReason: task.failure,
    StartedTimestamp: task.started,
  };
}

function invalid(message: string): AwsError {
  return new AwsError('InvalidParameterValue', message);
}
