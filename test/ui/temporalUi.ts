import type { Browser, BrowserContext, FrameLocator, Locator, Page } from 'playwright-core';

/** A page of a loaded machine takes its time; what is waited for is always something to see. */
const WAIT_LIMIT_MS = 40_000;
const VIEWPORT = { width: 1440, height: 1000 };

/**
 * The Temporal UI as a person uses it. A live page never becomes idle: every wait is for what is
 * looked for.
 */
export class TemporalUi {
  /** Where the page called besides the UI's own server. */
  readonly callsElsewhere: string[] = [];
  /** What a script in foreign text would do first. */
  readonly dialogs: string[] = [];

  private constructor(
    readonly page: Page,
    private readonly context: BrowserContext,
    private readonly uiUrl: string,
  ) {}

  static async open(browser: Browser, uiUrl: string): Promise<TemporalUi> {
    const context = await browser.newContext({
      viewport: VIEWPORT,
      colorScheme: 'light',
      timezoneId: 'UTC',
      locale: 'en-GB',
    });
    context.setDefaultTimeout(WAIT_LIMIT_MS);
    const ui = new TemporalUi(await context.newPage(), context, uiUrl);
    const { host } = new URL(uiUrl);
    await context.route(
      (url) => url.host !== host,
      async (route) => {
        ui.callsElsewhere.push(route.request().url());
        await route.abort();
      },
    );
    ui.page.on('dialog', (dialog) => {
      ui.dialogs.push(dialog.message());
      void dialog.dismiss();
    });
    return ui;
  }

  async close(): Promise<void> {
    await this.context.close();
  }

  async openList(query = ''): Promise<void> {
    await this.goto(`/namespaces/default/workflows${query === '' ? '' : `?query=${encodeURIComponent(query)}`}`);
  }

  /** Types a query as a person would who copied it. */
  async search(query: string): Promise<void> {
    await this.openList();
    await this.page.getByTestId('toggle-manual-query').click();
    await this.page.getByTestId('workflow-manual-search-input').fill(query);
    await this.page.getByTestId('workflow-manual-search-button').click();
  }

  /** Saves what the list shows under a name, as people do who want it again. */
  async saveView(name: string): Promise<void> {
    await this.page.getByTestId('create-view-button').click();
    const dialog = this.page.getByRole('dialog').filter({ visible: true });
    await dialog.getByRole('textbox').fill(name);
    await dialog.getByRole('button', { name: 'Save' }).click();
    await this.page.getByTestId('saved-views-button').getByText(name).waitFor();
  }

  async openView(name: string): Promise<void> {
    await this.openList();
    await this.page.getByTestId('saved-views-button').click();
    await this.page.getByText(name, { exact: true }).filter({ visible: true }).first().click();
  }

  /** The workflow ids in the list, in order, once it shows so many. */
  async listed(count: number): Promise<string[]> {
    await this.page
      .getByTestId('workflow-count')
      .filter({ hasText: new RegExp(`^${count}$`) })
      .waitFor();
    const links = this.rows.getByRole('link', { name: /^vmc-cancel:/ });
    if (count > 0) await links.nth(count - 1).waitFor();
    return (await links.allInnerTexts()).sort();
  }

  get rows(): Locator {
    return this.page.getByTestId('workflows-summary-configurable-table-row');
  }

  async chooseColumns(columns: { add: readonly string[]; remove: readonly string[] }): Promise<void> {
    await this.page.getByTestId('workflows-summary-table-configuration-button').click();
    for (const name of columns.remove)
      await this.page.getByRole('button', { name: `Remove ${name} column`, exact: true }).click();
    for (const name of columns.add)
      await this.page.getByRole('button', { name: `Add ${name} column`, exact: true }).click();
    await this.page.getByRole('button', { name: 'Close Workflows Table configuration' }).click();
  }

  async openRun(workflowId: string): Promise<void> {
    await this.goto(`/namespaces/default/workflows/${encodeURIComponent(workflowId)}`);
    await this.page.getByTestId('workflow-id-heading').getByText(workflowId).waitFor();
  }

  async openTab(name: string): Promise<void> {
    const { page } = this;
    await page.getByRole('tab', { name }).or(page.getByRole('link', { name })).first().click();
  }

  /** The timeline is the last thing on its page. */
  async scrollToTimeline(): Promise<void> {
    await this.page.getByRole('heading', { name: 'Timeline' }).hover();
    await this.page.mouse.wheel(0, VIEWPORT.height);
  }

  /** A label in the timeline or in the event history. */
  label(text: string | RegExp): Locator {
    return this.page.getByText(text).first();
  }

  get summary(): FrameLocator {
    return this.page.frameLocator('#user-metadata-summary');
  }

  get details(): FrameLocator {
    return this.page.frameLocator('#user-metadata-details');
  }

  get currentDetails(): FrameLocator {
    return this.page.frameLocator('#user-metadata-current-details');
  }

  /** Markdown as the UI renders it. */
  async openMarkdown(markdown: string): Promise<void> {
    await this.goto(`/render?content=${encodeURIComponent(markdown)}&theme=light`);
  }

  async openUpdateDialog(): Promise<Locator> {
    const { page } = this;
    await page.getByRole('button', { name: 'More Actions' }).click();
    await page.getByRole('menuitem', { name: 'Send an Update' }).click();
    const dialog = page.getByRole('dialog').filter({ hasText: 'Send an Update' });
    await dialog.getByRole('button', { name: 'Select an Update' }).click();
    return dialog;
  }

  private async goto(path: string): Promise<void> {
    await this.page.goto(`${this.uiUrl}${path}`, { waitUntil: 'domcontentloaded' });
  }
}
