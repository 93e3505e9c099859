const { E2E_CONTEXT = '' } = process.env;

/**
 * Whether orders of this run begin in Express executions (`--context workflow=express-first`). A test asks for it only
 * where docs/adr/0017-express-first.md says that the workflows differ.
 */
export const isExpressFirst = E2E_CONTEXT.split('\n').includes('workflow=express-first');
