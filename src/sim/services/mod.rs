//! The simulated services, one file or folder each, named as AWS signs them.
//!
//! A new service is a file here and a line in [`all`]; the server finds it by its protocol.

use crate::sim::wire::Service;

/// Every service the simulated account answers for.
pub fn all() -> Vec<Box<dyn Service>> {
    Vec::new()
}
