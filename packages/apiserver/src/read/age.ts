// SPDX-License-Identifier: Apache-2.0
// Durations in the short form that tables show.

/** The time between two moments, such as `5m3s`; `<unknown>` without a beginning. */
export function shortDuration(from: unknown, toMs: number): string {
  const seconds = Math.max(0, Math.floor((toMs - Date.parse(String(from))) / 1000));
  if (Number.isNaN(seconds)) return "<unknown>";
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  const days = Math.floor(hours / 24);
  if (seconds < 120) return `${seconds}s`;
  if (minutes < 10) return `${minutes}m${seconds % 60 === 0 ? "" : `${seconds % 60}s`}`;
  if (minutes < 180) return `${minutes}m`;
  if (hours < 8) return `${hours}h${minutes % 60 === 0 ? "" : `${minutes % 60}m`}`;
  if (hours < 48) return `${hours}h`;
  if (days < 8) return `${days}d${hours % 24 === 0 ? "" : `${hours % 24}h`}`;
  if (days < 730) return `${days}d`;
  return `${Math.floor(days / 365)}y`;
}
