// SPDX-License-Identifier: Apache-2.0
// An operator as one finds it: its own class, its own constructor, nothing of Haversack in it.

/** What the operator is configured with. */
export interface OperatorOptions {
  readonly image: string;
}

/** A website that wants a page served. */
export interface Website {
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly spec: { readonly page: string };
}

/** The ConfigMap that holds a page. */
export interface Page {
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly data: Readonly<Record<string, string>>;
}

/** Writes a page; how, the operator leaves to its caller. Tells what it did. */
export type WritePage = (page: Page) => Promise<{ readonly outcome: string }>;

/** Was called every five seconds, for every website. */
export class WebsiteOperator {
  readonly options: OperatorOptions;
  readonly log: string[] = [];

  constructor(options: OperatorOptions) {
    this.options = options;
  }

  /** Brings the page of one website up to date. */
  async sync(site: Website, write: WritePage): Promise<void> {
    const { name, namespace = "default" } = site.metadata;
    const { outcome } = await write({
      metadata: { name: `${name}-page`, namespace },
      data: { "index.html": site.spec.page, servedBy: this.options.image },
    });
    this.log.push(`${name}: ${outcome}`);
  }
}
