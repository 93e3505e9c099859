import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, statSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { account, region } from '../wire/account.ts';

/** Exit code of a shell. */
const commandNotFound = 127;

/** The part of cdk.json that counts here. */
type Project = { readonly app?: unknown; readonly context?: object };

interface GivenContext {
  readonly given?: Readonly<Record<string, string>>;
  readonly project?: Readonly<Record<string, string>> | undefined;
}

/**
 * Finds or makes the cloud assembly of an app, as `cdk --app` does: a folder is taken as it is; anything else is a
 * command that synthesizes. It runs in a process of its own, which takes with it the 300 MB that the CDK needs.
 * @param given A command or a folder; the `app` of ./cdk.json when absent.
 * @param folder Where to synthesize.
 * @param stop Ends the command early.
 * @param context Context values of the command line, and of the project's config file.
 * @returns the folder that holds the assembly
 * @throws Error when there is no app, or when it cannot be synthesized; the app has said why on stderr.
 */
export async function cloudAssembly(
  given: string | undefined,
  folder: string,
  stop: AbortSignal,
  { given: override = {}, project: own = {} }: GivenContext = {},
): Promise<string> {
  const project = (await json('cdk.json')) as Project | undefined;
  const app = given ?? appOf(project);
  if (existsSync(app) && statSync(app).isDirectory()) {
    if (Object.keys(override).length > 0)
      throw new Error(
        `--context has no effect on ${app}, which is synthesized already; give the app's command.`,
      );
    return resolve(app);
  }
  // As the CDK: the command line wins over files, and they win over what look-ups have found.
  const found = (await json('cdk.context.json')) as object | undefined;
  const context = { ...found, ...project?.context, ...own, ...override };
  await synthesize(app, folder, context, stop);
  return folder;
}

function appOf(project: Project | undefined): string {
  const wayOut = 'give the app with --app "node bin/app.ts", or a synthesized folder with --app cdk.out';
  if (!project) throw new Error(`There is no cdk.json in ${process.cwd()}: ${wayOut}`);
  const { app } = project;
  if (typeof app === 'string' && app.trim() !== '') return app;
  throw new Error(`app of cdk.json is ${JSON.stringify(app)}; allowed: a command. Or ${wayOut}`);
}

async function synthesize(app: string, folder: string, context: object, stop: AbortSignal): Promise<void> {
  await mkdir(folder, { recursive: true });
  const { NODE_COMPILE_CACHE = join(tmpdir(), 'node-compile-cache') } = process.env;
  const child = spawn(app, {
    shell: true,
    env: {
      ...process.env,
      CDK_OUTDIR: folder,
      CDK_CONTEXT_JSON: JSON.stringify(context),
      // It checks the template against CloudFormation's schemas, which takes seconds.
      CDK_VALIDATION: 'false',
      NODE_COMPILE_CACHE,
      CDK_DEFAULT_ACCOUNT: account,
      CDK_DEFAULT_REGION: region,
    },
    // Stdout is for the ready line.
    stdio: ['ignore', process.stderr, 'inherit'],
    signal: stop,
  });
  const [code] = await once(child, 'exit');
  if (code === commandNotFound) throw new Error(`The app "${app}" is neither a folder nor a command.`);
  if (code !== 0) throw new Error(`The app "${app}" could not be synthesized (exit code ${code}).`);
  if (!existsSync(join(folder, 'manifest.json'))) {
    throw new Error(
      `The app "${app}" synthesized nothing: it must be a CDK app that writes to CDK_OUTDIR (no outdir of its own).`,
    );
  }
}

/** Undefined when there is no such file in the working directory. */
async function json(file: string): Promise<unknown> {
  if (!existsSync(file)) return undefined;
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    throw new Error(`${resolve(file)} is not JSON: ${(error as Error).message}`);
  }
}
