//! Small steps from the SDK's values to the model's: absent, empty and impossible are one thing, none.
//!
//! The SDK fills required members that an answer lacks with `""` and 1970-01-01 (deserializers of its crates), so both
//! are read as absent. Texts are kept as they came, control characters included: the window marks them.

use std::collections::{BTreeMap, HashMap};

use aws_smithy_types::DateTime;

use crate::model::time::Timestamp;

/// A text, or none where it is absent or empty.
pub(super) fn text(value: Option<&str>) -> Option<String> {
    value.filter(|text| !text.is_empty()).map(str::to_owned)
}

/// A text, empty where it is absent.
pub(super) fn word(value: Option<&str>) -> String {
    value.unwrap_or_default().to_owned()
}

/// An id, or none where it is absent or empty.
pub(super) fn id<Id: for<'a> From<&'a str>>(value: Option<&str>) -> Option<Id> {
    value.filter(|text| !text.is_empty()).map(Id::from)
}

/// A moment to the nearest millisecond, or none where it is absent or the start of 1970. JSON 1.1 writes moments as
/// floating seconds, so that 462.122 arrives a few nanoseconds short.
pub(super) fn time(value: Option<&DateTime>) -> Option<Timestamp> {
    let nanos = value?.as_nanos();
    let millis = i64::try_from((nanos + 500_000).div_euclid(1_000_000)).ok()?;
    (millis > 0).then(|| Timestamp::from_millis(millis))
}

/// A map in an order that stays.
pub(super) fn sorted(map: Option<&HashMap<String, String>>) -> BTreeMap<String, String> {
    let pairs = map.into_iter().flatten();
    pairs
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_sdk_fills_in_is_absent() {
        assert_eq!(text(Some("")), None);
        assert_eq!(time(Some(&DateTime::from_secs(0))), None);
        assert_eq!(
            time(Some(&DateTime::from_secs_f64(1.5))),
            Some(Timestamp::from_millis(1_500))
        );
        assert_eq!(
            time(Some(&DateTime::from_secs_f64(1_548_717_462.122))),
            Some(Timestamp::from_millis(1_548_717_462_122))
        );
        assert_eq!(text(Some("a\u{1b}[31m")).as_deref(), Some("a\u{1b}[31m"));
    }
}
