//! A value that lives elsewhere: what was last read, when, and what went wrong since.

use std::sync::Arc;

use crate::model::fault::Fault;
use crate::model::time::Timestamp;

/// Old data stays: a fault sits beside the value and never in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remote<T> {
    value: Option<T>,
    /// When the value was last confirmed by an answer.
    fetched_at: Option<Timestamp>,
    fault: Option<Arc<Fault>>,
}

impl<T> Default for Remote<T> {
    fn default() -> Self {
        Self {
            value: None,
            fetched_at: None,
            fault: None,
        }
    }
}

impl<T> Remote<T> {
    pub fn ready(value: T, at: Timestamp) -> Self {
        Self {
            value: Some(value),
            fetched_at: Some(at),
            fault: None,
        }
    }

    pub fn value(&self) -> Option<&T> {
        self.value.as_ref()
    }

    pub fn fetched_at(&self) -> Option<Timestamp> {
        self.fetched_at
    }

    pub fn fault(&self) -> Option<&Arc<Fault>> {
        self.fault.as_ref()
    }

    /// Neither a value nor a fault yet: the only time a skeleton is shown.
    pub fn is_loading(&self) -> bool {
        self.value.is_none() && self.fault.is_none()
    }

    /// Puts a fault beside the value; a fault that goes on keeps its first time.
    pub fn fail(&mut self, mut fault: Fault) {
        if let Some(earlier) = &self.fault
            && fault.continues(earlier)
        {
            fault.since = earlier.since;
        }
        self.fault = Some(Arc::new(fault));
    }
}

impl<T: PartialEq> Remote<T> {
    /// Takes a new answer. Returns whether anything a person can see changed; the age moves in any case.
    pub fn receive(&mut self, value: T, at: Timestamp) -> bool {
        let changed = self.value.as_ref() != Some(&value) || self.fault.is_some();
        if self.value.as_ref() != Some(&value) {
            self.value = Some(value);
        }
        self.fetched_at = Some(at);
        self.fault = None;
        changed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_leaves_the_value_and_keeps_the_time_it_began() {
        let mut remote = Remote::ready(7, Timestamp::from_millis(1));
        remote.fail(Fault::local(
            "keyring",
            "read",
            "locked",
            Timestamp::from_millis(5),
        ));
        remote.fail(Fault::local(
            "keyring",
            "read",
            "locked",
            Timestamp::from_millis(9),
        ));
        assert_eq!(remote.value(), Some(&7));
        assert_eq!(remote.fault().map(|fault| fault.since.millis()), Some(5));
        assert!(
            remote.receive(7, Timestamp::from_millis(10)),
            "the fault is gone, which is a change"
        );
        assert!(
            !remote.receive(7, Timestamp::from_millis(11)),
            "only the age moved"
        );
    }
}
