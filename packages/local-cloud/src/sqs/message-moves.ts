import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { AwsError } from '../wire/aws-error.ts';
import type { JsonObject } from '../wire/aws-service.ts';
import type { MessageQueue } from './message-queue.ts';

/** Moves of messages out of dead-letter queues. They end with the process; what is not moved then stays where it is. */
export interface MessageMoves {
  /** StartMessageMoveTask */
  start(input: JsonObject): JsonObject;
  /** ListMessageMoveTasks */
  list(input: JsonObject): JsonObject;
  /** CancelMessageMoveTask */
  cancel(input: JsonObject): JsonObject;
}

interface Task {
  readonly handle: string;
  readonly source: MessageQueue;
  readonly destination: MessageQueue | undefined;
  readonly perSecond: number | undefined;
  readonly toMove: number;
  readonly started: number;
  status: 'RUNNING' | 'COMPLETED' | 'CANCELLED' | 'FAILED';
  moved: number;
  failure?: string;
}

/** SQS's limit, and its rate when none is asked for. */
const maxPerSecond = 500;
const maxListed = 10;

/**
 * Message moves between these queues.
 * @param queues By ARN.
 * @param secondMs How long a second lasts.
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_StartMessageMoveTask.html
 */
export function createMessageMoves(
  queues: ReadonlyMap<string, MessageQueue>,
  secondMs: number,
  stopping: AbortSignal,
): MessageMoves {
  const tasks: Task[] = [];

  function queueOf(arn: unknown, parameter: string): MessageQueue {
    const queue = queues.get(String(arn));
    if (queue) return queue;
    const message = `The resource that you specified for the ${parameter} parameter doesn't exist: ${arn}`;
    throw new AwsError('ResourceNotFoundException', message, 404);
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
    start({ SourceArn, DestinationArn, MaxNumberOfMessagesPerSecond: rate }) {
      const source = queueOf(SourceArn, 'SourceArn');
      const destination =
        DestinationArn === undefined ? undefined : queueOf(DestinationArn, 'DestinationArn');
      const isDeadLetterQueue = [...queues.values()].some(
        ({ settings }) => settings.redrive?.deadLetterArn === source.arn,
      );
      if (!isDeadLetterQueue) throw invalid('Source queue must be configured as a Dead Letter Queue.');
      if (destination === source) throw invalid('Source and destination must be different queues.');
      if (rate !== undefined && !(Number(rate) >= 1 && Number(rate) <= maxPerSecond)) {
        throw invalid(`MaxNumberOfMessagesPerSecond is ${rate}; allowed: 1 to ${maxPerSecond}`);
      }
      if (tasks.some((task) => task.source === source && task.status === 'RUNNING')) {
        throw invalid(
          'There is already a task running. Only one active task is allowed for a source queue arn.',
        );
      }
      const task: Task = {
        handle: randomUUID(),
        source,
        destination,
        perSecond: rate === undefined ? undefined : Number(rate),
        toMove: source.counts().visible,
        started: Date.now(),
        status: 'RUNNING',
        moved: 0,
      };
      tasks.unshift(task);
      void run(task);
      return { TaskHandle: task.handle };
    },
    list({ SourceArn, MaxResults = 1 }) {
      const source = queueOf(SourceArn, 'SourceArn');
      const max = Math.min(Number(MaxResults), maxListed);
      return {
        Results: tasks
          .filter((task) => task.source === source)
          .slice(0, max)
          .map(described),
      };
    },
    cancel({ TaskHandle }) {
      const task = tasks.find(({ handle, status }) => handle === TaskHandle && status === 'RUNNING');
      if (!task)
        throw new AwsError('ResourceNotFoundException', 'Task does not exist or is not running.', 404);
      task.status = 'CANCELLED';
      return { ApproximateNumberOfMessagesMoved: task.moved };
    },
  };
}

function described(task: Task): JsonObject {
  const { handle, source, destination, perSecond, toMove, started, status, moved, failure } = task;
  return {
    ...(status === 'RUNNING' && { TaskHandle: handle }),
    Status: status,
    SourceArn: source.arn,
    ...(destination && { DestinationArn: destination.arn }),
    ...(perSecond && { MaxNumberOfMessagesPerSecond: perSecond }),
    ApproximateNumberOfMessagesMoved: moved,
    ApproximateNumberOfMessagesToMove: toMove,
    ...(failure && { FailureReason: failure }),
    StartedTimestamp: started,
  };
}

function invalid(message: string): AwsError {
  return new AwsError('InvalidParameterValue', message);
}
