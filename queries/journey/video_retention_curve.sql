/*---
title: Audience retention of a video
description: Which share of a video's audience is still watching at each part of its length?
params:
  from: {type: date, default: 2025-07-01, description: first day of a play}
  to: {type: date, default: 2026-01-01, description: the day after the last}
  video: {type: int64, default: 12, min: 1, description: number of the video}
  step: {type: int64, default: 5, min: 1, max: 100, description: percent from point to point}
grain: [percent]
checks:
  - assert: watching <= plays
  # One third is gone after a tenth of the video: work on the opening.
  - {assert: percent <> 10 OR watching_rate >= 66, severity: warn}
---*/
WITH plays AS (
    SELECT
        watched_seconds,
        video_seconds,
        started_at >= $from AND started_at < $to AS in_period,
        started_at >= $from - ($to - $from) AND started_at < $from AS in_previous,
        started_at >= $from - INTERVAL '1 year' AND started_at < $to - INTERVAL '1 year'
            AS a_year_before
    FROM video_plays
    WHERE video_id = $video AND watched_seconds IS NOT NULL
),

points AS (
    SELECT value AS percent
    FROM generate_series(0, 100, $step)
),

watching AS (
    SELECT
        percent,
        MAX(video_seconds) * percent / 100.0 AS second,
        proportion_ci(100 * watched_seconds >= percent * video_seconds)
            FILTER (WHERE in_period) AS share,
        proportion_ci(100 * watched_seconds >= percent * video_seconds)
            FILTER (WHERE in_previous) AS share_previous,
        proportion_ci(100 * watched_seconds >= percent * video_seconds)
            FILTER (WHERE a_year_before) AS share_a_year_before
    FROM plays
    CROSS JOIN points
    WHERE in_period OR in_previous OR a_year_before
    GROUP BY percent
)

SELECT
    percent,
    second,
    share['n'] AS plays,
    share['hits'] AS watching,
    share['estimate'] AS watching_rate,
    share['low'] AS watching_rate_low,
    share['high'] AS watching_rate_high,
    share['hits'] - LAG(share['hits']) OVER (ORDER BY percent) AS change_since_last_point,
    share_previous['estimate'] AS watching_rate_previous,
    share_previous['n'] AS plays_previous,
    share_a_year_before['estimate'] AS watching_rate_a_year_before,
    share_a_year_before['n'] AS plays_a_year_before
FROM watching
ORDER BY percent
