import path from 'node:path';
import { App, type AppProps } from 'aws-cdk-lib';
import { deploymentOf } from '../lib/deployment.ts';
import { OrdersStack } from '../lib/orders-stack.ts';
import { WrongConfiguration } from '../lib/wrong-configuration.ts';

/**
 * The CDK app: context (`-c key=value`) → validated configuration → stack. Nothing else reads context at synthesis.
 *
 * @param webFolder - the order page, as `npm run build:web` leaves it
 * @throws WrongConfiguration with a line for everything that is wrong in the context
 */
export function buildApp({
  webFolder = built,
  ...props
}: AppProps & { readonly webFolder?: string } = {}): App {
  const app = new App(props);
  const { stackName, env, tags, config } = deploymentOf(app.node.getAllContext());
  new OrdersStack(app, stackName, {
    description: 'Accepted: an asynchronous order API.',
    env,
    tags,
    terminationProtection: config.retainData,
    config,
    webFolder,
  });
  return app;
}

const built = path.join(import.meta.dirname, '../web/dist');

/** Synthesizes the app, as the CDK asks for with its variables. What is wrong in the context ends the process with a line each. */
export function synthesize(): App {
  try {
    const app = buildApp();
    app.synth();
    return app;
  } catch (error) {
    if (!(error instanceof WrongConfiguration)) throw error;
    console.error(error.message);
    process.exit(1);
  }
}

if (import.meta.main) synthesize();
