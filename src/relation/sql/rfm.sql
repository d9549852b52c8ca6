-- Recency, frequency and monetary value of each customer, their scores, and a segment with a name.
WITH event AS (
    SELECT
        $customer AS customer,
        in_microseconds($time) AS time,
        coalesce($amount, 0) AS amount
    FROM input
    WHERE $customer IS NOT NULL AND $time IS NOT NULL
        AND is_before_as_of($time)
),

-- An event of unknown amount is an event still: it counts, and adds nothing to the sum.
customer AS (
    SELECT
        customer,
        max(time) AS latest,
        count(*) AS frequency,
        sum(amount) AS monetary
    FROM event
    GROUP BY customer
),

moment AS (
    SELECT
        customer, latest, frequency, monetary,
        moment_after(max(latest) OVER ()) AS as_of
    FROM customer
),

-- Whole days, so that what is shown as equal scores as equal.
valued AS (
    SELECT
        customer,
        (CAST(as_of AS BIGINT) - CAST(latest AS BIGINT)) / 86400000000 AS recency,
        frequency,
        monetary
    FROM moment
),

-- How many customers are strictly worse. Ties share the number, which ntile() would tear apart. A rank
-- is unsigned, and unsigned by signed would divide as decimals below.
ranked AS (
    SELECT
        customer, recency, frequency, monetary,
        CAST(rank() OVER (ORDER BY recency DESC) AS BIGINT) - 1 AS worse_r,
        CAST(rank() OVER (ORDER BY frequency) AS BIGINT) - 1 AS worse_f,
        CAST(rank() OVER (ORDER BY monetary) AS BIGINT) - 1 AS worse_m,
        count(*) OVER () AS customers
    FROM valued
),

-- In whole numbers: a share such as 3 / 5 times 5 must not fall short of 3.
scored AS (
    SELECT
        customer, recency, frequency, monetary,
        1 + $scores * worse_r / customers AS r,
        1 + $scores * worse_f / customers AS f,
        1 + $scores * worse_m / customers AS m,
        -- The segments are defined on fifths, whatever the number of scores.
        1 + 5 * worse_r / customers AS recency_fifth,
        1 + 5 * worse_f / customers AS frequency_fifth
    FROM ranked
)

SELECT
    customer,
    recency,
    frequency,
    monetary,
    r,
    f,
    m,
    -- From 10 scores on, '1110' could be 1, 1, 10 or 11, 1, 0: keep them apart.
    CASE
        WHEN $scores < 10 THEN concat(r, f, m)
        ELSE concat(r, '-', f, '-', m)
    END AS rfm,
    CASE
        WHEN recency_fifth = 5 AND frequency_fifth >= 4 THEN 'Champions'
        WHEN recency_fifth >= 3 AND frequency_fifth >= 4 THEN 'Loyal Customers'
        WHEN recency_fifth >= 4 AND frequency_fifth >= 2 THEN 'Potential Loyalists'
        WHEN recency_fifth = 5 THEN 'New Customers'
        WHEN recency_fifth = 4 THEN 'Promising'
        WHEN recency_fifth = 3 AND frequency_fifth = 3 THEN 'Need Attention'
        WHEN recency_fifth = 3 THEN 'About To Sleep'
        WHEN frequency_fifth = 5 THEN 'Can''t Lose Them'
        WHEN frequency_fifth >= 3 THEN 'At Risk'
        ELSE 'Hibernating'
    END AS segment
FROM scored
