-- Every event, with the period that it lies in as its customer counts them from the first one. The segment
-- of a customer, who may have several values at the first moment, is there only where the call has something
-- to break down by.
WITH event AS (
    SELECT
        $customer AS customer,
        in_microseconds($time) AS time,
        first_value($by) OVER (PARTITION BY $customer ORDER BY $time, $by NULLS LAST) AS segment
    FROM input
    WHERE $customer IS NOT NULL AND $time IS NOT NULL
        AND is_before_as_of($time)
),

customer AS (
    SELECT
        customer,
        min(time) AS first,
        max(time) AS last
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
        month_number(first) AS first_month,
        month_offset(first) AS first_offset
    FROM moment
),

-- How many periods of the customer were over by then.
born AS (
    SELECT
        customer, first, first_month, first_offset,
        calendar_start(calendar_period(first)) AS cohort,
        periods_since_first(as_of) AS complete
    FROM dated
),

placed AS (
    SELECT
        event.segment, born.customer, born.cohort, born.complete,
        periods_since_first(event.time) AS period
    FROM event
    JOIN born ON event.customer = born.customer
),

