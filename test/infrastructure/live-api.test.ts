import { describe, expect, it } from '@jest/globals';
import { clientMessages } from '../../domain/protocol/live-protocol.ts';
import { functionNamed, named, resourcesOf, textOf } from '../support/stack.ts';

const isLive = ({ Properties }: { Properties: { ApiId: { Ref: string } } }) =>
  Properties.ApiId.Ref.startsWith('LiveApi');
const ofLiveApi = (type: string) => Object.values(resourcesOf(type)).filter(isLive);

describe('the WebSocket API', () => {
  it('has a route for each message of the protocol, and a default route', () => {
    const keys = ofLiveApi('AWS::ApiGatewayV2::Route').map(({ Properties }) => Properties.RouteKey);

    expect(keys.sort()).toEqual(['$connect', '$default', ...Object.keys(clientMessages)].sort());
  });

  it('has one throttled stage, named live', () => {
    const stages = ofLiveApi('AWS::ApiGatewayV2::Stage');

    expect(stages).toHaveLength(1);
    expect(stages[0]?.Properties).toMatchObject({
      StageName: 'live',
      AutoDeploy: true,
      DefaultRouteSettings: { ThrottlingRateLimit: 1_000, ThrottlingBurstLimit: 2_000 },
    });
  });
});

describe('the push', () => {
  it('receives only changes of watched jobs', () => {
    const { EventSourceArn, FunctionName, FilterCriteria } = named(
      'AWS::Lambda::EventSourceMapping',
      'LiveChanges',
    ).Properties;

    expect(textOf(EventSourceArn)).toBe('<TablesJobs.StreamArn>');
    expect(textOf(FunctionName)).toBe('<LivePushFunction>');
    expect(FilterCriteria.Filters.map(({ Pattern }: { Pattern: string }) => JSON.parse(Pattern))).toEqual([
      { dynamodb: { NewImage: { watchers: { SS: [{ exists: true }] } } } },
    ]);
  });

  it('gives up on a change after ten retries or ten minutes, and keeps it in a queue', () => {
    const { Properties } = named('AWS::Lambda::EventSourceMapping', 'LiveChanges');

    expect(Properties).toMatchObject({
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      BisectBatchOnFunctionError: true,
      MaximumRetryAttempts: 10,
      MaximumRecordAgeInSeconds: 600,
    });
    expect(textOf(Properties.DestinationConfig.OnFailure.Destination)).toBe('<LiveUndelivered.Arn>');
  });

  it('has no permission to read a table: everything that it sends is in the change', () => {
    const role = functionNamed('LivePush').Role['Fn::GetAtt'][0];
    const statements = Object.values(resourcesOf('AWS::IAM::Policy'))
      .filter(({ Properties }) => Properties.Roles.some(({ Ref }: { Ref: string }) => Ref === role))
      .flatMap(({ Properties }) => Properties.PolicyDocument.Statement);

    const actions = statements.flatMap(({ Action }: { Action: string | string[] }) => Action);

    expect(actions).toContain('dynamodb:UpdateItem');
    expect(
      actions.filter((action) => /\*|:(Get|BatchGet|TransactGet)Item|:Query|:Scan|:PartiQL/.test(action)),
    ).toEqual([]);
  });

  it('encrypts its queue of undelivered changes', () => {
    expect(named('AWS::SQS::Queue', 'LiveUndelivered').Properties).toMatchObject({
      SqsManagedSseEnabled: true,
    });
  });
});
