/**
 * Whether a time span is over. A clock that was set back ends it: else an hour's step would hold everything up for an
 * hour.
 * @param sinceS when it began, in unix seconds
 */
export function hasPassed(spanS: number, sinceS: number, nowS: number): boolean {
  return nowS >= sinceS + spanS || nowS < sinceS;
}
