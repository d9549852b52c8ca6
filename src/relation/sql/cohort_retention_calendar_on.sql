-- Calendar clock, mode 'on': of those whose first event lies in a calendar period, how many came in
-- the k-th calendar period after it.
-- Calendar periods are whole numbers from here on: the day, Monday's week, month, quarter or year.
-- The offsets make a division of positive numbers out of one that must round down before 1970.
bucketed AS (
    SELECT
        customer,
        stamp,
        CASE $grain
            WHEN 'day' THEN CAST(CAST(CAST(time AS DATE) AS INT) AS BIGINT)
            WHEN 'week' THEN
                (CAST(CAST(CAST(time AS DATE) AS INT) AS BIGINT) + 700000003) / 7 - 100000000
            WHEN 'month' THEN
                CAST(date_part('year', time) AS BIGINT) * 12 + date_part('month', time) - 1
            WHEN 'quarter' THEN
                CAST(date_part('year', time) AS BIGINT) * 4 + date_part('quarter', time) - 1
            WHEN 'year' THEN CAST(date_part('year', time) AS BIGINT)
        END AS bucket
    FROM event
),

-- 64 periods are the bits of one number, so that the events collapse at once into one or a few rows
-- per customer: neither a second scan for the first event, nor a sort, nor a join. A shift to the
-- right rounds down, before 1970 too.
word AS (
    SELECT
        customer,
        bucket >> 6 AS word,
        bit_or(1 << (bucket & 63)) AS bits,
        min(bucket) AS first,
        max(stamp) AS last
    FROM bucketed
    GROUP BY customer, bucket >> 6
),

customer AS (
    SELECT min(first) AS cohort, max(last) AS last, array_agg(word) AS words, array_agg(bits) AS bits
    FROM word
    GROUP BY customer
),

-- Customers of one cohort with the same pattern are one row.
pattern AS (
    SELECT cohort, word, bits, count(*) AS customers, max(last) AS last
    FROM (SELECT cohort, last, unnest(words) AS word, unnest(bits) AS bits FROM customer)
    WHERE word <= (cohort + $periods) >> 6
    GROUP BY cohort, word, bits
),

active AS (
    SELECT cohort, bucket - cohort AS period, sum(customers) AS customers, max(last) AS last
    FROM (
        SELECT
            cohort, bits, customers, last,
            unnest(generate_series(
                greatest(cohort, word << 6), least(cohort + $periods, (word << 6) + 63)
            )) AS bucket
        FROM pattern
    )
    WHERE (bits >> (bucket & 63)) & 1 = 1
    GROUP BY cohort, bucket - cohort
),

-- Unless it is given, the moment of the report is the one after the latest event: the next day after
-- a DATE, the next microsecond after a TIMESTAMP.
moment AS (
    SELECT
        cohort, period, customers,
        coalesce(
            arrow_cast($as_of, 'Timestamp(Microsecond, None)'),
            arrow_cast(max(last) OVER (), 'Timestamp(Microsecond, None)')
                + CASE
                    WHEN arrow_typeof(last) LIKE 'Date%' THEN INTERVAL '1 day'
                    ELSE INTERVAL '1 microsecond'
                END
        ) AS as_of
    FROM active
),

-- How many periods of the cohort were over by then.
elapsed AS (
    SELECT
        cohort, period, customers,
        CASE $grain
            WHEN 'day' THEN CAST(CAST(CAST(as_of AS DATE) AS INT) AS BIGINT)
            WHEN 'week' THEN
                (CAST(CAST(CAST(as_of AS DATE) AS INT) AS BIGINT) + 700000003) / 7 - 100000000
            WHEN 'month' THEN
                CAST(date_part('year', as_of) AS BIGINT) * 12 + date_part('month', as_of) - 1
            WHEN 'quarter' THEN
                CAST(date_part('year', as_of) AS BIGINT) * 4 + date_part('quarter', as_of) - 1
            WHEN 'year' THEN CAST(date_part('year', as_of) AS BIGINT)
        END - cohort AS complete
    FROM moment
),

-- Everybody is active in period 0, so its row is the cohort, and opens every cell of it.
cell AS (
    SELECT
        cohort,
        cell AS period,
        coalesce(sum(customers) FILTER (WHERE period = 0 AND cell < complete), 0) AS eligible,
        coalesce(sum(customers) FILTER (WHERE period = cell AND cell < complete), 0) AS retained,
        sum(customers) FILTER (WHERE period = 0) AS cohort_size
    FROM (
        SELECT
            cohort, period, customers, complete,
            unnest(generate_series(period, CASE WHEN period = 0 THEN $periods ELSE period END))
                AS cell
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
