-- Rolling clock, mode 'on_or_after': how many came in the k-th period counted from their own first
-- event, or later.
WITH event AS (
    SELECT
        $customer AS customer,
        $time AS stamp,
        arrow_cast($time, 'Timestamp(Microsecond, None)') AS time,
        first_value($by) OVER (PARTITION BY $customer ORDER BY $time, $by NULLS LAST) AS segment
    FROM input
    WHERE $customer IS NOT NULL AND $time IS NOT NULL
        AND ($as_of IS NULL OR $time < $as_of)
),

-- The first and the latest event of a customer say it all.
customer AS (
    SELECT
        segment,
        customer,
        min(time) AS first,
        max(time) AS latest,
        max(stamp) AS last
    FROM event
    GROUP BY segment, customer
),

-- The last moment that is known: a period that begins after it has not begun.
moment AS (
    SELECT
        segment, first, latest,
        moment_after(max(last) OVER ()) - INTERVAL '1 microsecond' AS known
    FROM customer
),

dated AS (
    SELECT
        segment, first, latest, known,
        CAST(date_part('year', first) AS BIGINT) * 12 + date_part('month', first) AS first_month,
        CAST(first AS BIGINT) - CAST(date_trunc('month', first) AS BIGINT) AS first_offset,
        CAST(date_part('year', latest) AS BIGINT) * 12 + date_part('month', latest) AS latest_month,
        CAST(latest AS BIGINT) - CAST(date_trunc('month', latest) AS BIGINT) AS latest_offset,
        CAST(date_part('year', known) AS BIGINT) * 12 + date_part('month', known) AS known_month,
        CAST(known AS BIGINT) - CAST(date_trunc('month', known) AS BIGINT) AS known_offset
    FROM moment
),

-- Months are counted from the customer's own first event: the n-th is over at the same day and time of
-- day n months later, or, where that month is too short, on its last day at that time of day. Always
-- from the first event, so a 31st gives the 28th of February and then the 31st of March again.
counted AS (
    SELECT
        segment, first, latest, known,
        latest_month - first_month - CASE
            WHEN latest_offset >= first_offset THEN 0
            WHEN date_part('day', latest + INTERVAL '1 day') = 1
                AND latest_offset / 86400000000 < first_offset / 86400000000
                AND latest_offset % 86400000000 >= first_offset % 86400000000 THEN 0
            ELSE 1
        END AS latest_months,
        known_month - first_month - CASE
            WHEN known_offset >= first_offset THEN 0
            WHEN date_part('day', known + INTERVAL '1 day') = 1
                AND known_offset / 86400000000 < first_offset / 86400000000
                AND known_offset % 86400000000 >= first_offset % 86400000000 THEN 0
            ELSE 1
        END AS known_months
    FROM dated
),

-- The latest period in which the customer came, and the latest one that had begun.
placed AS (
    SELECT
        segment,
        CAST(date_trunc($grain, first) AS DATE) AS cohort,
        CASE $grain
            WHEN 'day' THEN (CAST(latest AS BIGINT) - CAST(first AS BIGINT)) / 86400000000
            WHEN 'week' THEN (CAST(latest AS BIGINT) - CAST(first AS BIGINT)) / 604800000000
            WHEN 'month' THEN latest_months
            WHEN 'quarter' THEN (latest_months) / 3
            WHEN 'year' THEN (latest_months) / 12
        END AS reached,
        CASE $grain
            WHEN 'day' THEN (CAST(known AS BIGINT) - CAST(first AS BIGINT)) / 86400000000
            WHEN 'week' THEN (CAST(known AS BIGINT) - CAST(first AS BIGINT)) / 604800000000
            WHEN 'month' THEN known_months
            WHEN 'quarter' THEN (known_months) / 3
            WHEN 'year' THEN (known_months) / 12
        END AS begun
    FROM counted
),

reach AS (
    SELECT
        segment,
        cohort,
        least(reached, $periods) AS reached,
        least(begun, $periods) AS begun,
        count(*) AS customers
    FROM placed
    GROUP BY segment, cohort, least(reached, $periods), least(begun, $periods)
),

cell AS (
    SELECT
        segment,
        cohort,
        cell AS period,
        coalesce(sum(customers) FILTER (WHERE cell <= begun), 0) AS eligible,
        coalesce(sum(customers) FILTER (WHERE cell <= begun AND cell <= reached), 0) AS retained,
        sum(customers) AS cohort_size
    FROM (
        SELECT
            segment, cohort, reached, customers, begun,
            unnest(generate_series(0, $periods)) AS cell
        FROM reach
    )
    GROUP BY segment, cohort, cell
),

rated AS (
    SELECT *, proportion_ci(retained, eligible) AS ci
    FROM cell
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
