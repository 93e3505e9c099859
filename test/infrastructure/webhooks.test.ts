import { describe, expect, it } from '@jest/globals';
import { maxRetryDelaySeconds, maxTimeoutMs } from '../../domain/job/webhook.ts';
import { longestCallMs } from '../../lambdas/adapters/call-limits.ts';
import {
  type Deployment,
  functionNamed,
  named,
  nameOf,
  resourcesOf,
  template,
  textOf,
} from '../support/stack.ts';

const mapping = (name: string) => named('AWS::Lambda::EventSourceMapping', name).Properties;
const { Timeout } = functionNamed('WebhooksDeliver');

describe.each(['WebhooksDue', 'WebhooksRetries'])('the queue %s', (name) => {
  const queue = () => named('AWS::SQS::Queue', name).Properties;

  it('hides a message for longer than its function may run, and keeps it for longer than a delay', () => {
    expect(queue().VisibilityTimeout).toBeGreaterThanOrEqual(6 * Timeout);
    expect(queue().MessageRetentionPeriod).toBeGreaterThan(maxRetryDelaySeconds);
  });

  it('gives up only what is received again and again', () => {
    expect(queue().RedrivePolicy).toMatchObject({ maxReceiveCount: 100 });
    expect(textOf(queue().RedrivePolicy.deadLetterTargetArn)).toBe('<WebhooksUndelivered.Arn>');
  });
});

describe('the sender', () => {
  it.each([
    ['WebhooksDeliveries', 'WebhooksDue', 20],
    ['WebhooksRedeliveries', 'WebhooksRetries', 10],
  ])('%s brings it the messages of %s, with a capacity of their own', (name, queue, MaximumConcurrency) => {
    const properties = mapping(name);

    expect(textOf(properties.EventSourceArn)).toBe(`<${queue}.Arn>`);
    expect(textOf(properties.FunctionName)).toBe('<WebhooksDeliverFunction>');
    expect(properties).toMatchObject({
      BatchSize: 100,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      ScalingConfig: { MaximumConcurrency },
    });
  });

  it('has time for the slowest receiver, and for five calls of the maximum duration', () => {
    expect(Timeout * 1_000).toBeGreaterThan(maxTimeoutMs + 5 * longestCallMs);
  });

  it('calls the ports that are allowed at the door', () => {
    const portsOf = (name: string, deployment: Deployment) =>
      functionNamed(name, template(deployment)).Environment.Variables.WEBHOOK_PORTS;

    for (const name of ['ApiAccept', 'WebhooksDeliver']) {
      expect(portsOf(name, 'development')).toBe('443,8443');
      expect(portsOf(name, 'customized')).toBe('443,9443');
    }
  });
});

describe('a queue of webhooks', () => {
  it.each(['WebhooksDue', 'WebhooksRetries', 'WebhooksUndelivered'])(
    '%s is encrypted and refuses connections without TLS',
    (name) => {
      const policies = Object.values(resourcesOf('AWS::SQS::QueuePolicy')).map(
        ({ Properties }) => Properties,
      );
      const [policy] = policies.filter(({ Queues }) => textOf(Queues[0]) === `<${name}>`);

      expect(named('AWS::SQS::Queue', name).Properties.SqsManagedSseEnabled).toBe(true);
      expect(policy?.PolicyDocument.Statement).toEqual([
        expect.objectContaining({
          Effect: 'Deny',
          Action: 'sqs:*',
          Condition: { Bool: { 'aws:SecureTransport': 'false' } },
        }),
      ]);
    },
  );
});

describe('the secret that signs', () => {
  it('is generated with 285 bits', () => {
    const { Properties } = named('AWS::SecretsManager::Secret', 'WebhooksSigningKey');

    expect(Properties.GenerateSecretString).toEqual({ PasswordLength: 48, ExcludePunctuation: true });
    expect(Properties).not.toHaveProperty('SecretString');
  });

  it('can be read by the sender only', () => {
    const readers = Object.entries(resourcesOf('AWS::IAM::Policy')).filter(([, { Properties }]) =>
      JSON.stringify(Properties).includes('WebhooksSigningKey'),
    );

    expect(readers.map(([logicalId]) => nameOf(logicalId))).toEqual(['WebhooksDeliverPermissions']);
  });

  it('outlives a stack that retains data', () => {
    const policyOf = (deployment: Deployment) =>
      named('AWS::SecretsManager::Secret', 'WebhooksSigningKey', template(deployment)).DeletionPolicy;

    expect([policyOf('development'), policyOf('production')]).toEqual(['Delete', 'RetainExceptOnCreate']);
  });
});
