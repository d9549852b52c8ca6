-- Who came in each calendar period: for the first time, again as in the period before, or back after a
-- pause; and who of the period before stayed away.
-- Calendar periods are whole numbers from here on.
bucketed AS (
    SELECT
        segment,
        customer,
        time,
        calendar_period(time) AS bucket
    FROM event
),

-- 64 periods are the bits of one number, so that the events collapse at once into one or a few rows
-- per customer. A shift to the right rounds down, before 1970 too.
word AS (
    SELECT
        segment,
        customer,
        bucket >> 6 AS word,
        bit_or(1 << (bucket & 63)) AS bits,
        min(bucket) AS first,
        max(time) AS last
    FROM bucketed
    GROUP BY segment, customer, bucket >> 6
),

-- The word before, if it is the one right before, knows whether the last of its periods was active.
linked AS (
    SELECT
        segment, word, bits, last,
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
        segment, first, word, bits,
        bits & ((bits << 1) | carry) AS kept,
        count(*) AS customers,
        max(last) AS last
    FROM linked
    GROUP BY segment, first, word, bits, bits & ((bits << 1) | carry)
),

active AS (
    SELECT
        segment,
        bucket,
        sum(customers) AS active,
        coalesce(sum(customers) FILTER (WHERE bucket = first), 0) AS new,
        coalesce(sum(customers) FILTER (WHERE (kept >> (bucket & 63)) & 1 = 1), 0) AS retained,
        max(last) AS last
    FROM (
        SELECT
            segment, first, bits, kept, customers, last,
            unnest(generate_series(word << 6, (word << 6) + 63)) AS bucket
        FROM pattern
    )
    WHERE (bits >> (bucket & 63)) & 1 = 1
    GROUP BY segment, bucket
),

moment AS (
    SELECT
        segment, bucket, active, new, retained,
        moment_after(max(last) OVER ()) AS as_of
    FROM active
),

-- The last period is the one that the moment just before as_of lies in: a period of which no time has
-- passed is not shown.
bounded AS (
    SELECT
        segment, bucket, active, new, retained,
        calendar_period(as_of) AS begun,
        calendar_period(as_of - INTERVAL '1 microsecond') AS latest
    FROM moment
),

-- Each period is followed by those up to the next one with activity, in which nobody came.
filled AS (
    SELECT
        segment,
        period,
        CASE WHEN period = bucket THEN active ELSE 0 END AS active,
        CASE WHEN period = bucket THEN new ELSE 0 END AS new,
        CASE WHEN period = bucket THEN retained ELSE 0 END AS retained,
        begun
    FROM (
        SELECT
            segment, bucket, active, new, retained, begun,
            unnest(generate_series(
                bucket,
                coalesce(lead(bucket) OVER (PARTITION BY segment ORDER BY bucket) - 1, latest)
            )) AS period
        FROM bounded
    )
)

SELECT
    segment,
    calendar_start(period) AS period,
    new,
    retained,
    active - new - retained AS resurrected,
    -- Whoever was there in the period before is there again, or dormant.
    lag(active, 1, 0) OVER (PARTITION BY segment ORDER BY period) - retained AS dormant,
    active,
    period < begun AS complete
FROM filled
