/**
 * ABC by what an item sold, XYZ by how evenly. An item is A while the items before it, best first, have sold less than a
 * share of all, then B, then C. Its variation is the population's standard deviation of its sales per ISO week by their mean,
 * over all weeks in which anything was sold at all: a week without it counts as 0.
 *
 * In floating point, which is exact for whole pieces and minor units up to 2^53 and several times as fast as numeric.
 */

/** Shares in percent, variations as they are. */
export interface ClassThresholds {
  abcA: number;
  abcB: number;
  xyzX: number;
  xyzY: number;
}

/**
 * A query of the items sold, each with `variant_id, pieces, minor, abc, xyz, mean, variation`, and of `weeks`. `sold` is a query of
 * `variant_id, week, pieces, minor`; the thresholds are the parameters named.
 */
export function classify(sold: string, $: Record<keyof ClassThresholds, string>): string {
  return `with weekly as materialized (
      select variant_id, week, sum(pieces)::float8 as pieces, sum(minor::float8) as minor from (${sold}) s group by variant_id, week
    ), item as (
      select i.*, w.weeks, sqrt(greatest(w.weeks * i.squares - i.pieces * i.pieces, 0)) / i.pieces as variation,
        coalesce(sum(i.minor) over (order by i.minor desc, i.variant_id rows between unbounded preceding and 1 preceding), 0) as before,
        sum(i.minor) over () as total
      from (
        select variant_id, sum(pieces) as pieces, sum(minor) as minor, sum(pieces * pieces) as squares
        from weekly group by variant_id having sum(pieces) > 0
      ) i cross join (select count(*)::int as weeks from (select distinct week from weekly where pieces > 0) d) w
    )
    select variant_id, pieces, minor, weeks, pieces / weeks as mean, variation,
      case when before * 100 < total * ${$.abcA}::float8 then 'A' when before * 100 < total * ${$.abcB}::float8 then 'B' else 'C' end as abc,
      case when variation <= ${$.xyzX}::float8 then 'X' when variation <= ${$.xyzY}::float8 then 'Y' else 'Z' end as xyz
    from item`;
}
