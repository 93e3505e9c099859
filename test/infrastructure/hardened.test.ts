import { describe, expect, it } from '@jest/globals';
import { stages } from '../../domain/stages.ts';
import {
  functionNamed,
  functionsOf,
  named,
  resourcesOf,
  template,
  textOf,
  theOnly,
} from '../support/stack.ts';

const hardened = template('hardened');
const production = template('production');
const all = (type: string, of = hardened) =>
  Object.values(resourcesOf(type, of)).map(({ Properties }) => Properties);

describe('domains', () => {
  it('reach the APIs, whose own endpoints are switched off', () => {
    expect(
      all('AWS::ApiGatewayV2::Api').map(({ DisableExecuteApiEndpoint }) => DisableExecuteApiEndpoint),
    ).toEqual([true, true]);
    expect(
      all('AWS::ApiGatewayV2::DomainName')
        .map(({ DomainName }) => DomainName)
        .sort(),
    ).toEqual(['api.shop.example', 'live.shop.example']);
    expect(all('AWS::ApiGatewayV2::ApiMapping')).toHaveLength(2);
    for (const { DomainNameConfigurations } of all('AWS::ApiGatewayV2::DomainName'))
      expect(DomainNameConfigurations[0].SecurityPolicy).toBe('TLS_1_2');
  });

  it('have a certificate that their zone validates, and records in it', () => {
    expect(theOnly('AWS::CertificateManager::Certificate', hardened).Properties).toMatchObject({
      DomainName: 'api.shop.example',
      SubjectAlternativeNames: ['live.shop.example'],
      ValidationMethod: 'DNS',
    });
    expect(
      all('AWS::Route53::RecordSet')
        .map(({ Name }) => Name)
        .sort(),
    ).toEqual(['api.shop.example', 'live.shop.example']);
  });

  it('are what clients are told, and what functions call connections at', () => {
    for (const { Properties } of Object.values(functionsOf(hardened))) {
      const { API_URL, LIVE_URL } = Properties.Environment.Variables;
      if (API_URL !== undefined) expect(API_URL).toBe('https://api.shop.example');
      if (LIVE_URL !== undefined) expect(textOf(LIVE_URL)).toBe('wss://<DomainsLive>');
    }
    expect(textOf(functionNamed('LivePush', hardened).Environment.Variables.CONNECTIONS_URL)).toBe(
      'https://<DomainsLive>',
    );
  });
});

describe('a key of the stack', () => {
  const key = { 'Fn::GetAtt': [expect.stringContaining('EncryptionKey'), 'Arn'] };

  it('encrypts every table, queue, secret, log and topic', () => {
    for (const { SSESpecification } of all('AWS::DynamoDB::Table'))
      expect(SSESpecification).toEqual({ SSEEnabled: true, SSEType: 'KMS', KMSMasterKeyId: key });
    for (const { KmsMasterKeyId } of all('AWS::SQS::Queue')) expect(KmsMasterKeyId).toEqual(key);
    for (const { KmsKeyId } of all('AWS::SecretsManager::Secret')) expect(KmsKeyId).toEqual(key);
    for (const { KmsKeyId } of all('AWS::Logs::LogGroup')) expect(KmsKeyId).toEqual(key);
    for (const { KmsMasterKeyId } of all('AWS::SNS::Topic')) expect(KmsMasterKeyId).toEqual(key);
  });

  it('is replaced every year, and used only through the services of this account', () => {
    const { EnableKeyRotation, KeyPolicy } = theOnly('AWS::KMS::Key', hardened).Properties;
    const [, ...others] = KeyPolicy.Statement;

    expect(EnableKeyRotation).toBe(true);
    for (const { Condition } of others) expect(Object.keys(Condition)).toHaveLength(1);
    expect(others[0].Condition.StringEquals).toHaveProperty(['kms:CallerAccount']);
    expect(others[0].Condition.StringEquals['kms:ViaService']).toHaveLength(4);
  });

  it('is not there unless it is asked for', () => {
    expect(all('AWS::KMS::Key', production)).toEqual([]);
  });
});

describe('mail from a domain', () => {
  it('is signed, aligned with SPF, encrypted on its way, and not sent where it bounced', () => {
    expect(theOnly('AWS::SES::EmailIdentity', hardened).Properties).toMatchObject({
      EmailIdentity: 'shop.example',
      MailFromAttributes: { MailFromDomain: 'mail.shop.example', BehaviorOnMxFailure: 'REJECT_MESSAGE' },
    });
    expect(theOnly('AWS::SES::ConfigurationSet', hardened).Properties).toMatchObject({
      DeliveryOptions: { TlsPolicy: 'REQUIRE' },
      SuppressionOptions: { SuppressedReasons: ['BOUNCE', 'COMPLAINT'] },
    });
  });

  it('may come from an identity that the account has', () => {
    expect(all('AWS::SES::EmailIdentity', template('customized'))).toEqual([]);
  });
});

describe('releases', () => {
  const answering = Object.keys(functionsOf(production)).filter((name) =>
    /^Api(?!Unrouted)|^Live(?:Connect|Messages)/.test(name),
  );

  it('lead every function that answers clients over gradually, and back when it fails', () => {
    const groups = all('AWS::CodeDeploy::DeploymentGroup', production);

    expect(all('AWS::Lambda::Alias', production)).toHaveLength(answering.length);
    expect(groups).toHaveLength(answering.length);
    for (const group of groups)
      expect(group).toMatchObject({
        DeploymentConfigName: 'CodeDeployDefault.LambdaCanary10Percent5Minutes',
        AlarmConfiguration: { Enabled: true },
        AutoRollbackConfiguration: {
          Enabled: true,
          Events: expect.arrayContaining(['DEPLOYMENT_STOP_ON_ALARM']),
        },
      });
  });

  it('lead new executions over to a new definition gradually, and back when executions fail', () => {
    const { Name, DeploymentPreference } = theOnly(
      'AWS::StepFunctions::StateMachineAlias',
      production,
    ).Properties;
    const { alarms, ...preference } = {
      ...DeploymentPreference,
      alarms: DeploymentPreference.Alarms.map(textOf),
    };

    expect(Name).toBe('live');
    expect(preference).toMatchObject({ Type: 'CANARY', Percentage: 10, Interval: 5 });
    expect(textOf(preference.StateMachineVersionArn)).toBe('<ReleasesStateMachineVersion.Arn>');
    expect(alarms).toEqual(['<ReleasesStateMachineErrors>']);
    expect(
      named('AWS::CloudWatch::Alarm', 'ReleasesStateMachineErrors', production).Properties,
    ).toMatchObject({
      MetricName: 'ExecutionsFailed',
      Dimensions: [
        { Name: 'StateMachineArn', Value: { Ref: expect.stringMatching(/^OrderWorkflowStateMachine/) } },
      ],
    });
  });

  it('publish a version of every definition, and keep the former ones for their executions', () => {
    const version = theOnly('AWS::StepFunctions::StateMachineVersion', production);

    expect(textOf(version.Properties.StateMachineRevisionId)).toBe(
      '<OrderWorkflowStateMachine.StateMachineRevisionId>',
    );
    expect([version.DeletionPolicy, version.UpdateReplacePolicy]).toEqual(['Retain', 'Retain']);
  });

  it('have every function start executions through the alias, for which IAM wants the state machine', () => {
    const starting = Object.entries(functionsOf(production)).filter(
      ([, { Properties }]) => 'STATE_MACHINE_ARN' in Properties.Environment.Variables,
    );
    const allowed = Object.values(resourcesOf('AWS::IAM::Policy', production)).flatMap(
      ({ Properties: { PolicyDocument } }) =>
        PolicyDocument.Statement.filter(
          ({ Action }: { Action: unknown }) => Action === 'states:StartExecution',
        ),
    );

    expect(starting.map(([name]) => name).sort()).toEqual([
      'ApiAccept',
      'ApiCancel',
      'ApiRedrive',
      'HousekeepingBookkeeping',
      'HousekeepingReconcile',
      'OperatorOperate',
    ]);
    for (const [, { Properties }] of starting)
      expect(textOf(Properties.Environment.Variables.STATE_MACHINE_ARN)).toBe(
        '<ReleasesStateMachineAlias.Arn>',
      );
    expect(allowed.map(({ Resource }) => textOf(Resource))).toEqual(
      starting.map(() => '<OrderWorkflowStateMachine>'),
    );
  });

  it('are off in development', () => {
    expect(resourcesOf('AWS::Lambda::Alias')).toEqual({});
    expect(resourcesOf('AWS::StepFunctions::StateMachineAlias')).toEqual({});
    expect(resourcesOf('AWS::StepFunctions::StateMachineVersion')).toEqual({});
  });
});

describe('throttles', () => {
  /** Step Functions' rates outside its three largest regions, for Standard workflows. */
  const quota = { starts: 150, transitions: 800 };

  it('keep starts of executions below the quota of every region', () => {
    const { RouteSettings } = named('AWS::ApiGatewayV2::Stage', 'ApiStage', production).Properties;
    const rate = (route: string) => RouteSettings[route].ThrottlingRateLimit;

    const starts =
      rate('POST /orders') +
      rate('POST /orders/status/{jobId}/cancel') +
      rate('POST /orders/status/{jobId}/redrive');
    expect(starts).toBeLessThan(quota.starts);
    expect(rate('POST /orders') * stages.length).toBeLessThan(quota.transitions);
  });

  it('are configured by operation', () => {
    const { RouteSettings } = named(
      'AWS::ApiGatewayV2::Stage',
      'ApiStage',
      template('customized'),
    ).Properties;

    expect(RouteSettings).toEqual({ 'GET /orders': { ThrottlingRateLimit: 5, ThrottlingBurstLimit: 10 } });
  });

  it('are set once the routes exist', () => {
    const { DependsOn = [] } = named('AWS::ApiGatewayV2::Stage', 'ApiStage', production) as unknown as {
      DependsOn?: string[];
    };
    const routes = Object.entries(resourcesOf('AWS::ApiGatewayV2::Route', production)).filter(([id]) =>
      id.startsWith('Api'),
    );

    expect(routes.every(([id]) => DependsOn.includes(id))).toBe(true);
  });
});
