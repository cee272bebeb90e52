const path = require('node:path');
const { default: Sequencer } = require('@jest/test-sequencer');

/** They wait longest. Begun last, each would outlast all others. */
const LONGEST = [
  'cli/cancelAll/cancelAllMany',
  'development/demo',
  'docs/firstSteps',
  'workflows/continueAsNew',
  'worker/poison',
  'cli/cancelAll/cancelAll',
  'cli/cliUsage',
  'worker/unreadOutput',
].map((name) => path.join(__dirname, '..', `${name}.test.ts`));

/** Jest knows how long a test takes only where it ran before. */
module.exports = class extends Sequencer {
  sort(tests) {
    const rank = ({ path }) => (LONGEST.includes(path) ? LONGEST.indexOf(path) : LONGEST.length);
    return super.sort(tests).toSorted((one, other) => rank(one) - rank(other));
  }
};
