//! Against every conversion with every touch.

use super::*;

/// The credit of each touch, from every conversion with every touch, as the models are described.
fn by_definition(
    model: Model,
    touches: &[i64],
    conversions: &[Conversion],
    half_life: f64,
) -> Vec<[f64; 2]> {
    let mut credits = vec![[0.0; 2]; touches.len()];
    for conversion in conversions {
        let counts = |&at: &usize| (conversion.since..=conversion.time).contains(&touches[at]);
        let those: Vec<usize> = (0..touches.len()).filter(counts).collect();
        let (Some(&first), Some(&last)) = (those.first(), those.last()) else { continue };
        let count = those.len() as f64;
        let weight = |at: usize| 0.5_f64.powf((touches[last] - touches[at]) as f64 / half_life);
        let weights: f64 = those.iter().map(|&at| weight(at)).sum();
        for at in those {
            let part = match model {
                Model::First => f64::from(u8::from(at == first)),
                Model::Last => f64::from(u8::from(at == last)),
                Model::Linear => 1.0 / count,
                Model::PositionBased if count <= 2.0 => 1.0 / count,
                Model::PositionBased if at == first || at == last => 0.4,
                Model::PositionBased => 0.2 / (count - 2.0),
                Model::TimeDecay => weight(at) / weights,
            };
            credits[at][0] += part;
            credits[at][1] += part * conversion.value;
        }
    }
    credits
}

/// The next number of a small generator.
fn random(state: &mut u64, below: i64) -> i64 {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    (*state >> 33).cast_signed() % below
}

#[test]
fn credits_are_those_of_every_conversion_with_every_touch() {
    let mut state = 7;
    for run in 0..3_000 {
        let span = [3, 20, 1_000][run % 3];
        let mut touches: Vec<i64> =
            (0..random(&mut state, 12)).map(|_| random(&mut state, span)).collect();
        touches.sort_unstable();
        let lookback = random(&mut state, span);
        let mut conversion = || {
            let time = random(&mut state, span);
            // Calendars have lookbacks of different lengths, and may go back further than before.
            let since = time - lookback + random(&mut state, [1, 2, 5][run % 3]);
            Conversion { time, since, value: random(&mut state, 9) as f64 - 2.0 }
        };
        let conversions: Vec<_> = (0..run % 9).map(|_| conversion()).collect();
        let half_life = 0.5 + (run % 40) as f64;
        let shared = Attribution::new(&touches, &conversions, half_life);
        let alone =
            |one: &Conversion| !touches.iter().any(|touch| (one.since..=one.time).contains(touch));
        let alone = (0..conversions.len()).filter(|&at| alone(&conversions[at]));
        let mut unattributed = shared.unattributed().to_vec();
        unattributed.sort_unstable();
        assert_eq!(unattributed, alone.collect::<Vec<_>>());
        let mut turned = conversions.clone();
        turned.reverse();
        let turned = Attribution::new(&touches, &turned, half_life);
        for model in Model::ALL {
            let credits = shared.credits(model);
            assert_eq!(turned.credits(model), credits);
            let expected = by_definition(model, &touches, &conversions, half_life);
            assert_eq!(credits.len(), expected.len());
            for (one, other) in credits.iter().zip(&expected) {
                let close = |one: f64, other: f64| (one - other).abs() <= 1e-12 * (1.0 + one.abs());
                assert!(
                    close(one.conversions(), other[0]) && close(one.value(), other[1]),
                    "{one:?}, not {other:?}: {model:?} {touches:?} {conversions:?} {half_life}"
                );
            }
        }
    }
}

fn values(attribution: &Attribution<'_>, model: Model) -> Vec<f64> {
    attribution.credits(model).iter().map(Credit::value).collect()
}

/// By hand: three touches a week apart, and conversions at the moments of the second and the third.
#[test]
fn a_conversion_counts_what_was_until_its_own_moment() {
    let conversions = [7, 14].map(|time| Conversion { time, since: 0, value: 21.0 });
    let shared = Attribution::new(&[0, 7, 14], &conversions, 7.0);
    assert!(shared.unattributed().is_empty());
    assert_eq!(values(&shared, Model::First), [42.0, 0.0, 0.0]);
    assert_eq!(values(&shared, Model::Last), [0.0, 21.0, 21.0]);
    assert_eq!(values(&shared, Model::Linear), [10.5 + 7.0, 10.5 + 7.0, 7.0]);
    // 1 : 2 of the first conversion, 1 : 2 : 4 of the second.
    for (value, expected) in values(&shared, Model::TimeDecay).into_iter().zip([10.0, 20.0, 12.0]) {
        assert!((value - expected).abs() < 1e-12, "{value}");
    }
    let last: Vec<_> = shared.credits(Model::Last).iter().map(Credit::conversions).collect();
    assert_eq!(last, [0.0, 1.0, 1.0]);
}

/// A million touches of which every one counts for every conversion: a hundred billion pairs. The credits
/// of all touches add up to the conversions.
#[test]
fn many_conversions_of_many_touches_take_one_pass() {
    let touches: Vec<i64> = (0..1_000_000).collect();
    let conversion = |at: i64| Conversion { time: 1_000_000 + at, since: 0, value: 2.0 };
    let conversions: Vec<_> = (0..100_000).map(conversion).collect();
    let shared = Attribution::new(&touches, &conversions, 1_000.0);
    assert_eq!(values(&shared, Model::First)[..2], [2e5, 0.0]);
    assert_eq!(values(&shared, Model::Last)[999_998..], [0.0, 2e5]);
    for model in [Model::Linear, Model::PositionBased, Model::TimeDecay] {
        let sum: f64 = shared.credits(model).iter().map(Credit::conversions).sum();
        assert!((sum - 1e5).abs() < 1e-4, "{sum}");
    }
}

#[test]
fn what_is_worth_much_leaves_no_trace_when_it_is_out_of_reach() {
    let conversions = [(5, 1e300), (15, 1e-300), (25, 3.0)];
    let conversions = conversions.map(|(time, value)| Conversion { time, since: time - 8, value });
    let shared = Attribution::new(&[0, 10, 20], &conversions, 1.0);
    for model in Model::ALL {
        assert_eq!(values(&shared, model), [1e300, 1e-300, 3.0], "{model:?}");
    }
}

#[test]
fn times_may_lie_as_far_apart_as_they_can() {
    let conversions = [Conversion { time: i64::MAX, since: i64::MIN, value: 1.0 }];
    let touches = [i64::MIN, 0, i64::MAX];
    let shared = Attribution::new(&touches, &conversions, 1.0);
    assert_eq!(values(&shared, Model::TimeDecay), [0.0, 0.0, 1.0]);
}

/// A month before 10:00 of the 31st is earlier than a month before 12:00 of the 30th: the touch of 11:00 counts
/// for the later conversion alone.
#[test]
fn a_conversion_may_go_back_further_than_one_before_it() {
    let conversions = [(30 * 24 + 12, 12), (31 * 24 + 10, 10)].map(|(time, since)| Conversion {
        time,
        since,
        value: 2.0,
    });
    let shared = Attribution::new(&[11, 100], &conversions, 1.0);
    assert_eq!(values(&shared, Model::First), [2.0, 2.0]);
    assert_eq!(values(&shared, Model::Last), [0.0, 4.0]);
    assert_eq!(values(&shared, Model::Linear), [1.0, 3.0]);
}

/// A sale, its refund, and a tenth beside them.
#[test]
fn values_that_cancel_leave_the_others_whole() {
    let conversions = [(5, 1e15), (6, 0.1), (7, -1e15)];
    let conversions = conversions.map(|(time, value)| Conversion { time, since: 0, value });
    let shared = Attribution::new(&[1], &conversions, 1.0);
    for model in Model::ALL {
        assert_eq!(values(&shared, model), [0.1], "{model:?}");
    }
}
