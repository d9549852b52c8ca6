-- Every event, with the period that it lies in as its customer counts them from the first one. The segment
-- of a customer, who may have several values at the first moment, is there only where the call has something
-- to break down by.
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

customer AS (
    SELECT
        customer,
        min(time) AS first,
        max(stamp) AS last
    FROM event
    GROUP BY customer
),

moment AS (
    SELECT
        customer, first,
        moment_after(max(last) OVER ()) AS as_of
    FROM customer
),

dated AS (
    SELECT
        customer, first, as_of,
        CAST(date_part('year', first) AS BIGINT) * 12 + date_part('month', first) AS first_month,
        CAST(first AS BIGINT) - CAST(date_trunc('month', first) AS BIGINT) AS first_offset,
        CAST(date_part('year', as_of) AS BIGINT) * 12 + date_part('month', as_of) AS as_of_month,
        CAST(as_of AS BIGINT) - CAST(date_trunc('month', as_of) AS BIGINT) AS as_of_offset
    FROM moment
),

-- How many periods of the customer were over by then.
born AS (
    SELECT
        customer, first, first_month, first_offset,
        CAST(date_trunc($grain, first) AS DATE) AS cohort,
        CASE $grain
            WHEN 'day' THEN (CAST(as_of AS BIGINT) - CAST(first AS BIGINT)) / 86400000000
            WHEN 'week' THEN (CAST(as_of AS BIGINT) - CAST(first AS BIGINT)) / 604800000000
            WHEN 'month' THEN as_of_months
            WHEN 'quarter' THEN (as_of_months) / 3
            WHEN 'year' THEN (as_of_months) / 12
        END AS complete
    FROM (
        SELECT
            customer, first, first_month, first_offset, as_of,
            as_of_month - first_month - CASE
                WHEN as_of_offset >= first_offset THEN 0
                WHEN date_part('day', as_of + INTERVAL '1 day') = 1
                    AND as_of_offset / 86400000000 < first_offset / 86400000000
                    AND as_of_offset % 86400000000 >= first_offset % 86400000000 THEN 0
                ELSE 1
            END AS as_of_months
        FROM dated
    )
),

-- Every event beside the first one of its customer.
timed AS (
    SELECT
        event.segment, born.customer, born.cohort, born.first, born.first_month, born.first_offset, born.complete,
        event.time,
        CAST(date_part('year', event.time) AS BIGINT) * 12 + date_part('month', event.time) AS month,
        CAST(event.time AS BIGINT) - CAST(date_trunc('month', event.time) AS BIGINT) AS month_offset
    FROM event
    JOIN born ON event.customer = born.customer
),

-- Months are counted from the customer's own first event: the n-th is over at the same day and time of
-- day n months later, or, where that month is too short, on its last day at that time of day. Always
-- from the first event, so a 31st gives the 28th of February and then the 31st of March again.
counted AS (
    SELECT
        segment, customer, cohort, complete, first, time,
        month - first_month - CASE
            WHEN month_offset >= first_offset THEN 0
            WHEN date_part('day', time + INTERVAL '1 day') = 1
                AND month_offset / 86400000000 < first_offset / 86400000000
                AND month_offset % 86400000000 >= first_offset % 86400000000 THEN 0
            ELSE 1
        END AS months
    FROM timed
),

placed AS (
    SELECT
        segment, customer, cohort, complete,
        CASE $grain
            WHEN 'day' THEN (CAST(time AS BIGINT) - CAST(first AS BIGINT)) / 86400000000
            WHEN 'week' THEN (CAST(time AS BIGINT) - CAST(first AS BIGINT)) / 604800000000
            WHEN 'month' THEN months
            WHEN 'quarter' THEN (months) / 3
            WHEN 'year' THEN (months) / 12
        END AS period
    FROM counted
),

