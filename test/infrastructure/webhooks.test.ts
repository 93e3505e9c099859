import { describe, expect, it } from '@jest/globals';
import { maxAttempts, retryDelaySeconds } from '../../domain/job/webhook.ts';
import {
  type Deployment,
  functionNamed,
  named,
  nameOf,
  resourcesOf,
  template,
  textOf,
} from '../support/stack.ts';

const due = () => named('AWS::SQS::Queue', 'WebhooksDue').Properties;
const mapping = (name: string) => named('AWS::Lambda::EventSourceMapping', name).Properties;

describe('the queue of due webhooks', () => {
  it('hides a message for longer than its function may run, and keeps it for longer than its retries take', () => {
    const { Timeout } = functionNamed('WebhooksDeliver');
    const attempts = Array.from({ length: maxAttempts }, (_, i) => retryDelaySeconds(i + 1));

    expect(due().VisibilityTimeout).toBeGreaterThanOrEqual(6 * Timeout);
    expect(due().MessageRetentionPeriod).toBeGreaterThan(attempts.reduce((sum, delay) => sum + delay));
  });

  it('gives up after the last attempt', () => {
    expect(due().RedrivePolicy).toMatchObject({ maxReceiveCount: maxAttempts });
    expect(textOf(due().RedrivePolicy.deadLetterTargetArn)).toBe('<WebhooksUndelivered.Arn>');
  });

  it('invokes the sender, which reports failures message by message', () => {
    const properties = mapping('WebhooksDeliveries');

    expect(textOf(properties.EventSourceArn)).toBe('<WebhooksDue.Arn>');
    expect(textOf(properties.FunctionName)).toBe('<WebhooksDeliverFunction>');
    expect(properties).toMatchObject({
      BatchSize: 10,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      ScalingConfig: { MaximumConcurrency: 20 },
    });
  });

  it.each(['WebhooksDue', 'WebhooksUndelivered'])(
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

describe('the signing key', () => {
  it('is generated with a length that Standard Webhooks allows', () => {
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

    expect([policyOf('development'), policyOf('production')]).toEqual(['Delete', 'Retain']);
  });
});
