/*---
title: Ways through the site
description: Which ways do most visitors take from the home page?
params:
  from: {type: date, default: 2025-07-01, description: first day}
  to: {type: date, default: 2025-10-01, max: 2026-01-01, description: the day after the last}
  first: {type: string, default: /, description: the page that the ways begin with}
  pages: {type: int64, default: 3, min: 1, max: 10, description: how many pages a way has at most}
  top: {type: int64, default: 10, min: 1, description: how many ways to show}
grain: [path]
checks:
  - assert: pages <= $pages AND visitors > 0
  # One way in four and more is a habit: what stands on it is seen.
  - {assert: share <= 25, severity: warn}
---*/
SELECT
    path,
    steps AS pages,
    customers AS visitors,
    share
FROM paths(
    (SELECT * FROM web_events WHERE occurred_at >= $from AND occurred_at < $to),
    customer => visitor_id,
    time => occurred_at,
    event => page,
    length => $pages,
    from => $first,
    top => $top
)
ORDER BY visitors DESC, path
