#!/usr/bin/env node
require('./built').runBuilt('client/cli.js');
