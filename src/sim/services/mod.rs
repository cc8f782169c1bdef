//! The simulated services, one file or folder each, named as AWS signs them.
//!
//! A new service is a file here and a line in [`all`]; the server finds it by its protocol.

pub mod codepipeline;
pub mod sts;

use crate::sim::wire::Service;

/// Every service the simulated account answers for.
pub fn all() -> Vec<Box<dyn Service>> {
    vec![Box::new(codepipeline::CodePipeline), Box::new(sts::Sts)]
}
