-- Every event, with the number of the calendar period that it lies in. The segment of a customer, who may
-- have several values at the first moment, is there only where the call has something to break down by.
WITH event AS (
    SELECT
        $customer AS customer,
        in_microseconds($time) AS time,
        first_value($by) OVER (PARTITION BY $customer ORDER BY $time, $by NULLS LAST) AS segment
    FROM input
    WHERE $customer IS NOT NULL AND $time IS NOT NULL
        AND is_before_as_of($time)
),

