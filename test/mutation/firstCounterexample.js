const { configureGlobal } = require('fast-check');

// To kill a mutant any counterexample will do: to look for the smallest takes longest.
configureGlobal({ endOnFailure: true });
