-- Calendar clock, mode 'on_or_after': of those whose first event lies in a calendar period, how many
-- came in the k-th calendar period after it, or later.
-- The first and the latest event of a customer say it all.
customer AS (
    SELECT min(time) AS first, max(time) AS latest, max(stamp) AS last
    FROM event
    GROUP BY customer
),

-- Calendar periods are whole numbers from here on: the day, Monday's week, month, quarter or year.
-- The offsets make a division of positive numbers out of one that must round down before 1970.
span AS (
    SELECT
        CASE $grain
            WHEN 'day' THEN CAST(CAST(CAST(first AS DATE) AS INT) AS BIGINT)
            WHEN 'week' THEN
                (CAST(CAST(CAST(first AS DATE) AS INT) AS BIGINT) + 700000003) / 7 - 100000000
            WHEN 'month' THEN
                CAST(date_part('year', first) AS BIGINT) * 12 + date_part('month', first) - 1
            WHEN 'quarter' THEN
                CAST(date_part('year', first) AS BIGINT) * 4 + date_part('quarter', first) - 1
            WHEN 'year' THEN CAST(date_part('year', first) AS BIGINT)
        END AS cohort,
        CASE $grain
            WHEN 'day' THEN CAST(CAST(CAST(latest AS DATE) AS INT) AS BIGINT)
            WHEN 'week' THEN
                (CAST(CAST(CAST(latest AS DATE) AS INT) AS BIGINT) + 700000003) / 7 - 100000000
            WHEN 'month' THEN
                CAST(date_part('year', latest) AS BIGINT) * 12 + date_part('month', latest) - 1
            WHEN 'quarter' THEN
                CAST(date_part('year', latest) AS BIGINT) * 4 + date_part('quarter', latest) - 1
            WHEN 'year' THEN CAST(date_part('year', latest) AS BIGINT)
        END AS until,
        last
    FROM customer
),

reach AS (
    SELECT
        cohort,
        least(until - cohort, $periods) AS reached,
        count(*) AS customers,
        max(last) AS last
    FROM span
    GROUP BY cohort, least(until - cohort, $periods)
),

-- Unless it is given, the moment of the report is the one after the latest event: the next day after
-- a DATE, the next microsecond after a TIMESTAMP.
moment AS (
    SELECT
        cohort, reached, customers,
        coalesce(
            arrow_cast($as_of, 'Timestamp(Microsecond, None)'),
            arrow_cast(max(last) OVER (), 'Timestamp(Microsecond, None)')
                + CASE
                    WHEN arrow_typeof(last) LIKE 'Date%' THEN INTERVAL '1 day'
                    ELSE INTERVAL '1 microsecond'
                END
        ) AS as_of
    FROM reach
),

-- The latest period of the cohort that had begun by then.
elapsed AS (
    SELECT
        cohort, reached, customers,
        CASE $grain
            WHEN 'day' THEN CAST(CAST(CAST(as_of AS DATE) AS INT) AS BIGINT)
            WHEN 'week' THEN
                (CAST(CAST(CAST(as_of AS DATE) AS INT) AS BIGINT) + 700000003) / 7 - 100000000
            WHEN 'month' THEN
                CAST(date_part('year', as_of) AS BIGINT) * 12 + date_part('month', as_of) - 1
            WHEN 'quarter' THEN
                CAST(date_part('year', as_of) AS BIGINT) * 4 + date_part('quarter', as_of) - 1
            WHEN 'year' THEN CAST(date_part('year', as_of) AS BIGINT)
        END - cohort AS begun
    FROM moment
),

cell AS (
    SELECT
        cohort,
        cell AS period,
        coalesce(sum(customers) FILTER (WHERE cell <= begun), 0) AS eligible,
        coalesce(sum(customers) FILTER (WHERE cell <= begun AND cell <= reached), 0) AS retained,
        sum(customers) AS cohort_size
    FROM (
        SELECT cohort, reached, customers, begun, unnest(generate_series(0, $periods)) AS cell
        FROM elapsed
    )
    GROUP BY cohort, cell
),

rated AS (
    SELECT *, proportion_ci(retained, eligible) AS ci
    FROM cell
    GROUP BY cohort, period, eligible, retained, cohort_size
)

SELECT
    CASE $grain
        WHEN 'day' THEN CAST(CAST(cohort AS INT) AS DATE)
        WHEN 'week' THEN CAST(CAST(cohort * 7 - 3 AS INT) AS DATE)
        WHEN 'month' THEN make_date(cohort / 12, cohort % 12 + 1, 1)
        WHEN 'quarter' THEN make_date(cohort / 4, cohort % 4 * 3 + 1, 1)
        WHEN 'year' THEN make_date(cohort, 1, 1)
    END AS cohort,
    period,
    eligible,
    retained,
    ci['estimate'] AS rate,
    ci['low'] AS low,
    ci['high'] AS high,
    cohort_size
FROM rated
