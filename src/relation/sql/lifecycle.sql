-- Who came in each calendar period: for the first time, again as in the period before, or back after a
-- pause; and who of the period before stayed away.
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
-- per customer. A shift to the right rounds down, before 1970 too.
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

-- The word before, if it is the one right before, knows whether the last of its periods was active.
linked AS (
    SELECT
        word, bits, last,
        min(first) OVER customer AS first,
        CASE
            WHEN lag(word) OVER history = word - 1 THEN (lag(bits) OVER history >> 63) & 1
            ELSE 0
        END AS carry
    FROM word
    WINDOW customer AS (PARTITION BY customer), history AS (PARTITION BY customer ORDER BY word)
),

-- Bits that are set where the period and the one before it were active.
pattern AS (
    SELECT
        first, word, bits,
        bits & ((bits << 1) | carry) AS kept,
        count(*) AS customers,
        max(last) AS last
    FROM linked
    GROUP BY first, word, bits, bits & ((bits << 1) | carry)
),

active AS (
    SELECT
        bucket,
        sum(customers) AS active,
        coalesce(sum(customers) FILTER (WHERE bucket = first), 0) AS new,
        coalesce(sum(customers) FILTER (WHERE (kept >> (bucket & 63)) & 1 = 1), 0) AS retained,
        max(last) AS last
    FROM (
        SELECT
            first, bits, kept, customers, last,
            unnest(generate_series(word << 6, (word << 6) + 63)) AS bucket
        FROM pattern
    )
    WHERE (bits >> (bucket & 63)) & 1 = 1
    GROUP BY bucket
),

-- Unless it is given, the moment of the report is the one after the latest event: the next day after
-- a DATE, the next microsecond after a TIMESTAMP.
moment AS (
    SELECT
        bucket, active, new, retained,
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

-- The last period is the one that the moment just before as_of lies in: a period of which no time has
-- passed is not shown. It is over if as_of is its very end.
bounded AS (
    SELECT
        bucket, active, new, retained,
        CASE $grain
            WHEN 'day' THEN CAST(CAST(CAST(as_of AS DATE) AS INT) AS BIGINT)
            WHEN 'week' THEN
                (CAST(CAST(CAST(as_of AS DATE) AS INT) AS BIGINT) + 700000003) / 7 - 100000000
            WHEN 'month' THEN
                CAST(date_part('year', as_of) AS BIGINT) * 12 + date_part('month', as_of) - 1
            WHEN 'quarter' THEN
                CAST(date_part('year', as_of) AS BIGINT) * 4 + date_part('quarter', as_of) - 1
            WHEN 'year' THEN CAST(date_part('year', as_of) AS BIGINT)
        END AS begun,
        CAST(date_trunc($grain, as_of) AS BIGINT) = CAST(as_of AS BIGINT) AS on_boundary
    FROM moment
),

-- Each period is followed by those up to the next one with activity, in which nobody came.
filled AS (
    SELECT
        period,
        CASE WHEN period = bucket THEN active ELSE 0 END AS active,
        CASE WHEN period = bucket THEN new ELSE 0 END AS new,
        CASE WHEN period = bucket THEN retained ELSE 0 END AS retained,
        begun
    FROM (
        SELECT
            bucket, active, new, retained, begun,
            unnest(generate_series(
                bucket,
                coalesce(
                    lead(bucket) OVER (ORDER BY bucket) - 1,
                    CASE WHEN on_boundary THEN begun - 1 ELSE begun END
                )
            )) AS period
        FROM bounded
    )
)

SELECT
    CASE $grain
        WHEN 'day' THEN CAST(CAST(period AS INT) AS DATE)
        WHEN 'week' THEN CAST(CAST(period * 7 - 3 AS INT) AS DATE)
        WHEN 'month' THEN make_date(period / 12, period % 12 + 1, 1)
        WHEN 'quarter' THEN make_date(period / 4, period % 4 * 3 + 1, 1)
        WHEN 'year' THEN make_date(period, 1, 1)
    END AS period,
    new,
    retained,
    active - new - retained AS resurrected,
    -- Whoever was there in the period before is there again, or dormant.
    lag(active, 1, 0) OVER (ORDER BY period) - retained AS dormant,
    active,
    period < begun AS complete
FROM filled
