//! How calls are written.

use crate::{engagement, survey};

#[test]
fn settings_that_can_be_left_out_stand_in_brackets() {
    let nps_ci = survey::FUNCTIONS.iter().find(|spec| spec.name == "nps_ci").unwrap();
    assert_eq!(nps_ci.call(&nps_ci.forms[0]), "nps_ci(score [, level [, method]])");
}

#[test]
fn a_repeated_argument_takes_up_the_middle() {
    let form = engagement::FUNCTIONS
        .iter()
        .flat_map(|spec| spec.forms)
        .find(|form| form.takes(4))
        .unwrap();
    let names: Vec<_> = (0..4).map(|i| form.arg(i, 4).unwrap().name).collect();
    assert_eq!(names, ["interactions", "interactions", "interactions", "audience"]);
}
