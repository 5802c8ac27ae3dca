// SPDX-License-Identifier: Apache-2.0
// Traces through the OpenTelemetry API, which is loaded only here (under every stage).
import type { LogFields, SpanStart, Tracer, TraceSpan } from "@haversack/core";
import type { Attributes, Link, Span, SpanContext } from "@opentelemetry/api";
import { loadOptional } from "./optional-library.js";

type OpenTelemetry = typeof import("@opentelemetry/api");

/** See `otelTracer`. @internal */
export async function makeOtelTracer(name: string): Promise<Tracer> {
  const api = await loadOptional(
    "@opentelemetry/api",
    "traces",
    () => import("@opentelemetry/api"),
  );
  const tracer = api.trace.getTracer(name);
  return {
    start(spanName, { attributes = {}, links = [], parent }: SpanStart = {}): TraceSpan {
      const outer =
        parent instanceof OtelSpan
          ? api.trace.setSpan(api.context.active(), parent.span)
          : api.context.active();
      const linked = links.filter(isSpanContext).map((context): Link => ({ context }));
      const given = { attributes: definedOf(attributes), links: linked };
      return new OtelSpan(api, tracer.startSpan(spanName, given, outer));
    },
  };
}

class OtelSpan implements TraceSpan {
  readonly span: Span;
  readonly #api: OpenTelemetry;

  constructor(api: OpenTelemetry, span: Span) {
    this.#api = api;
    this.span = span;
  }

  get context(): SpanContext {
    return this.span.spanContext();
  }

  set(name: string, value: string | number | boolean): void {
    this.span.setAttribute(name, value);
  }

  fail(message: string): void {
    this.span.setStatus({ code: this.#api.SpanStatusCode.ERROR, message });
  }

  run<T>(work: () => T): T {
    const { context, trace } = this.#api;
    return context.with(trace.setSpan(context.active(), this.span), work);
  }

  end(): void {
    this.span.end();
  }
}

function isSpanContext(value: unknown): value is SpanContext {
  return typeof value === "object" && value !== null && "traceId" in value && "spanId" in value;
}

function definedOf(fields: LogFields): Attributes {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
