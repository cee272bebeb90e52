import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';

const DEPLOY = path.join(__dirname, '..', '..', 'deploy', 'observability');
export const ALERTS_FILE = path.join(DEPLOY, 'alerts.yml');
const DASHBOARD_FILE = path.join(DEPLOY, 'dashboard.json');

const alertsSchema = z.object({
  groups: z.array(
    z.object({
      rules: z.array(
        z.object({
          alert: z.string(),
          expr: z.string(),
          labels: z.object({ severity: z.enum(['page', 'ticket']) }),
          annotations: z.object({ summary: z.string(), runbook: z.string() }),
        }),
      ),
    }),
  ),
});

export const ALERTS = alertsSchema.parse(parse(readFileSync(ALERTS_FILE, 'utf8'))).groups.flatMap(({ rules }) => rules);

const dashboardSchema = z.object({
  panels: z.array(z.object({ title: z.string(), targets: z.array(z.object({ expr: z.string() })) })),
});

export const PANELS = dashboardSchema.parse(JSON.parse(readFileSync(DASHBOARD_FILE, 'utf8'))).panels;
