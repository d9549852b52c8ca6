//! `social_posts`: what was published on four networks, and how people reacted.

use anyhow::Result;

use super::calendar::{Instant, Month, working_moment};
use super::campaigns::Campaign;
use super::customers::{Channel, Id};
use super::dice::{Dice, Stream};
use super::lake::{Column, Lake};

struct Network {
    name: &'static str,
    /// Posts in a hundred days.
    pace: i64,
    /// Followers when the lake starts, and how many more every month.
    followers: i64,
    growth: i64,
    /// Likes of a post, per 10,000 followers.
    likes: i64,
}

const NETWORKS: [Network; 4] = [
    Network { name: "facebook", pace: 24, followers: 9_800, growth: 40, likes: 90 },
    Network { name: "instagram", pace: 42, followers: 6_200, growth: 310, likes: 310 },
    Network { name: "linkedin", pace: 30, followers: 4_100, growth: 190, likes: 220 },
    Network { name: "youtube", pace: 7, followers: 1_900, growth: 85, likes: 260 },
];

pub(super) struct Post {
    network: &'static str,
    campaign_id: Option<Id>,
    posted_at: Instant,
    /// Followers on that day; None when the network did not report them.
    audience: Option<i64>,
    likes: i64,
    shares: i64,
    comments: i64,
    service_requests: i64,
}

pub(super) fn publish(campaigns: &[Campaign]) -> Vec<Post> {
    let mut dice = Dice::new(Stream::Social);
    let mut posts = Vec::new();
    for month in Month::all() {
        for day in month.days() {
            let campaign = campaigns
                .iter()
                .find(|campaign| campaign.channel == Channel::Social && campaign.runs_on(day));
            for network in &NETWORKS {
                if dice.chance(network.pace, 100) {
                    let posted_at = working_moment(&mut dice, day);
                    let campaign_id = campaign.filter(|_| dice.chance(55, 100)).map(|row| row.id);
                    posts.push(post(&mut dice, network, month, posted_at, campaign_id));
                }
            }
        }
    }
    posts.sort_by_key(|post| (post.posted_at, post.network));
    posts
}

fn post(
    dice: &mut Dice,
    network: &Network,
    month: Month,
    posted_at: Instant,
    campaign_id: Option<Id>,
) -> Post {
    let audience = dice.around(network.followers + network.growth * month.number(), 1);
    // Paid posts are shown to more people than follow us, and please fewer of them.
    let appeal = if campaign_id.is_some() { 60 } else { 100 };
    let likes = dice.skewed(audience * network.likes * appeal / 100 / 5_000);
    let reported = network.name != "facebook" || !dice.chance(8, 100);
    Post {
        network: network.name,
        campaign_id,
        posted_at,
        audience: reported.then_some(audience),
        likes,
        shares: dice.skewed(likes / 7 + 1),
        comments: dice.skewed(likes / 11 + 1),
        service_requests: dice.weighted(&[(0, 78), (1, 14), (2, 6), (3, 2)]),
    }
}

pub(super) fn write(lake: &mut Lake, posts: &[Post]) -> Result<()> {
    let rows = || posts.iter();
    lake.write(
        "social_posts",
        vec![
            Column::int64("post_id", (1..).zip(rows()).map(|(id, _): (i64, _)| id))?,
            Column::text("network", rows().map(|row| row.network)),
            Column::int64("campaign_id", rows().map(|row| row.campaign_id))?.nullable(),
            Column::instant("posted_at", rows().map(|row| row.posted_at))?,
            Column::int64("audience", rows().map(|row| row.audience))?.nullable(),
            Column::int64("likes", rows().map(|row| row.likes))?,
            Column::int64("shares", rows().map(|row| row.shares))?,
            Column::int64("comments", rows().map(|row| row.comments))?,
            Column::int64("service_requests", rows().map(|row| row.service_requests))?,
        ],
    )
}
