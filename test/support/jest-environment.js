import { TestEnvironment } from 'jest-environment-node';

// When a worker is done, Node.js frees the heap of all its suites piece by piece. Jest waits half a second for that, and then
// ends the worker with a warning that blames the tests. The operating system frees the memory at once.
if (process.connected) process.once('exit', () => process.exit());

export default TestEnvironment;
