#!/usr/bin/env node
require('./built').runBuilt('cli/main.js');
