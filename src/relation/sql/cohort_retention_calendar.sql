-- Calendar clock: of those whose first event lies in a calendar period, how many came in the k-th
-- calendar period after it, or then or later.
WITH event AS (
    SELECT
        $customer AS customer,
        $time AS stamp,
        arrow_cast($time, 'Timestamp(Microsecond, None)') AS time
    FROM input
    WHERE $customer IS NOT NULL AND $time IS NOT NULL
        AND ($as_of IS NULL OR $time < $as_of)
),

counted AS (
    SELECT cohort_counts(customer, time, $grain, $periods, $mode) AS cells, max(stamp) AS last
    FROM event
),

moment AS (
    SELECT
        cells,
        moment_after(last) AS as_of
    FROM counted
),

-- A period can be judged once it is over; whether somebody comes then or later, once it has begun.
cell AS (
    SELECT
        cell['cohort'] AS cohort,
        cell['period'] AS period,
        cell['customers'] AS customers,
        cell['cohort_size'] AS cohort_size,
        CASE $mode WHEN 'on' THEN cell['ends'] <= as_of ELSE cell['starts'] < as_of END AS is_known
    FROM (SELECT as_of, unnest(cells) AS cell FROM moment)
),

judged AS (
    SELECT
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
    GROUP BY cohort, period, eligible, retained, cohort_size
)

SELECT
    cohort,
    period,
    eligible,
    retained,
    ci['estimate'] AS rate,
    ci['low'] AS low,
    ci['high'] AS high,
    cohort_size
FROM rated
