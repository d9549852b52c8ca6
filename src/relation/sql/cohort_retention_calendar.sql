-- Calendar clock: of those whose first event lies in a calendar period, how many came in the k-th
-- calendar period after it, or then or later.
WITH event AS (
    SELECT
        $customer AS customer,
        in_microseconds($time) AS time,
        first_value($by) OVER (PARTITION BY $customer ORDER BY $time, $by NULLS LAST) AS segment
    FROM input
    WHERE $customer IS NOT NULL AND $time IS NOT NULL
        AND is_before_as_of($time)
),

-- The segment is selected as a value, not as the key: of a key the engine believes, also of the rows that
-- are unnested, that there is one of each, and then sorts by nothing behind it.
counted AS (
    SELECT
        first_value(segment) AS segment,
        cohort_counts(customer, time, $grain, $periods, $mode) AS cells,
        max(time) AS last
    FROM event
    GROUP BY segment
),

moment AS (
    SELECT
        segment,
        cells,
        moment_after(max(last) OVER ()) AS as_of
    FROM counted
),

-- A period can be judged once it is over; whether somebody comes then or later, once it has begun.
cell AS (
    SELECT
        segment,
        cell['cohort'] AS cohort,
        cell['period'] AS period,
        cell['customers'] AS customers,
        cell['cohort_size'] AS cohort_size,
        CASE $mode
            WHEN 'on' THEN in_microseconds(cell['ends']) <= as_of
            ELSE in_microseconds(cell['starts']) < as_of
        END AS is_known
    FROM (SELECT segment, as_of, unnest(cells) AS cell FROM moment)
),

judged AS (
    SELECT
        segment,
        cohort,
        period,
        CASE WHEN is_known THEN cohort_size ELSE 0 END AS eligible,
        CASE WHEN is_known THEN customers ELSE 0 END AS retained,
        cohort_size
    FROM cell
),

rated AS (
    SELECT *, proportion_ci(retained, eligible) AS ci
    FROM judged
    GROUP BY segment, cohort, period, eligible, retained, cohort_size
)

SELECT
    segment,
    cohort,
    period,
    eligible,
    retained,
    ci['estimate'] AS rate,
    ci['low'] AS low,
    ci['high'] AS high,
    cohort_size
FROM rated
