/** What `npm run ops -- help` prints. */
export const help = `Operates an Accepted stack: npm run ops -- COMMAND [options]

  ls            lists jobs: [--status S] [--stage S] [--since 2h] [--owner O]
                [--reference R | --email A] [--limit 200]. Without an owner, a reference
                or an e-mail address it lists those that have not ended for good: queued,
                processing, and failures that wait for a redrive.
  show JOB      shows a job and what was ordered
  why JOB       shows the failed attempts of a job's executions, their errors, and where
                the AWS console shows the execution
  logs JOB      shows what the functions logged about a job
  watch JOB     prints every change of a job until it ends
  cancel JOB…   cancels jobs; what was done is undone
  redrive JOB…  resumes redrivable failures at the stage that failed
  redrive --all-failed [--stage S] [--since 2h] [--yes]
                counts the failures that wait for a redrive, asks, and redrives them.
                Ctrl-C stops after the page in progress.
  dead-letters  counts what could not be processed
  dead-letters show [webhooks|changes|pushes]
  dead-letters redrive [webhooks]
  erase --email ADDRESS [--yes]
                erases the personal data of one person from ended orders: says what it
                would erase and what it keeps, asks, and erases

  --json        prints JSON
  --stack NAME  the stack; otherwise ACCEPTED_STACK or Accepted-development
  --yes         asks nothing

The AWS account, region and identity come from the usual AWS configuration
(AWS_PROFILE, AWS_REGION, …). For the local cloud:
  export AWS_ENDPOINT_URL=http://127.0.0.1:4566 AWS_REGION=us-east-1 \\
    AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local

Exit codes: 0 done; 1 AWS or the function failed; 2 wrong command line; 3 refused,
wholly or in part, or the watched job did not complete; 130 not confirmed or stopped.`;
