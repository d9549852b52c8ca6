-- Every event, with the number of the calendar period that it lies in.
WITH event AS (
    SELECT
        $customer AS customer,
        $time AS stamp,
        arrow_cast($time, 'Timestamp(Microsecond, None)') AS time
    FROM input
    WHERE $customer IS NOT NULL AND $time IS NOT NULL
        AND ($as_of IS NULL OR $time < $as_of)
),

