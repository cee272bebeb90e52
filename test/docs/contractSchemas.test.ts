import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from '@jest/globals';
import { CONTRACT_FOLDER, contractSchemas } from '../../development/contractSchemas';

it.each(Object.entries(contractSchemas()))(
  'docs/contract/%s is what the code checks (else: npm run schemas)',
  (name, schema) => {
    const written: unknown = JSON.parse(readFileSync(path.join(CONTRACT_FOLDER, name), 'utf8'));
    expect(written).toEqual(JSON.parse(JSON.stringify(schema)));
  },
);
