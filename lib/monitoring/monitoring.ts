import { Stack } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';
import { acknowledge } from '../acknowledge.ts';
import type { Config } from '../config.ts';
import { NodeFunction } from '../node-function.ts';
import { type AlarmRow, alarmTable } from './alarm-table.ts';
import { createDashboard } from './dashboard.ts';
import type { Watched } from './watched.ts';

export interface MonitoringProps extends Omit<Watched, 'functions'> {
  readonly config: Pick<Config, 'redriveMinutes' | 'maxWaitSeconds' | 'alarmEmail' | 'runbookUrl'>;
}

/** The alarms of `alarm-table.ts`, the topic that they are sent to, and the dashboard. It watches the functions that the stack has by now. */
export class Monitoring extends Construct {
  /** Everything that an alarm says goes here. */
  readonly topic: Topic;

  constructor(scope: Construct, id: string, props: MonitoringProps) {
    super(scope, id);
    const { alarmEmail, runbookUrl } = props.config;
    const functions = Stack.of(this).node.findAll().filter(isFunction);
    const watched: Watched = { ...props, functions };

    this.topic = this.createTopic();
    if (alarmEmail !== undefined) {
      const subscription = this.topic.addSubscription(new EmailSubscription(alarmEmail));
      acknowledge(
        subscription,
        'Serverless-SNSRedrivePolicy',
        'SNS retries mail by itself; a lost one repeats what the dashboard shows.',
      );
    }

    const alarms = Object.entries<AlarmRow>(alarmTable).flatMap(([name, row]) => {
      const description = `${row.meaning} Runbook: ${runbookUrl}#${name.toLowerCase()}`;
      return this.createAlarms(name, row, description, watched);
    });
    createDashboard(this, watched, alarms);
  }

  private createAlarms(name: string, row: AlarmRow, alarmDescription: string, watched: Watched): Alarm[] {
    const [datapointsToAlarm, evaluationPeriods] = row.datapoints ?? [1, 1];
    const { threshold } = row;
    const action = new SnsAction(this.topic);
    return Object.entries(row.metrics(watched)).map(([of, metric]) => {
      const alarm = new Alarm(this, `${name}${of}`, {
        alarmName: [Stack.of(this).stackName, name, ...(of === '' ? [] : [of])].join('-'),
        alarmDescription,
        metric,
        threshold: typeof threshold === 'number' ? threshold : threshold(watched),
        comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
        datapointsToAlarm,
        evaluationPeriods,
        treatMissingData: row.missingRings ? TreatMissingData.BREACHING : TreatMissingData.NOT_BREACHING,
      });
      alarm.addAlarmAction(action);
      alarm.addOkAction(action);
      return alarm;
    });
  }

  private createTopic(): Topic {
    const topic = new Topic(this, 'Alarms', { enforceSSL: true });
    // A topic with a policy of its own has lost the default one, which lets the account's alarms publish.
    topic.addToResourcePolicy(
      new PolicyStatement({
        actions: ['sns:Publish'],
        principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
        resources: [topic.topicArn],
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
    );
    return topic;
  }
}

const isFunction = (construct: unknown): construct is NodeFunction => construct instanceof NodeFunction;
