//! The simulated services, one file or folder each, named as AWS signs them.
//!
//! A new service is a file here and a line in [`all`]; the server finds it by its protocol.

pub mod cloudtrail;
pub mod cloudwatch;
pub mod codebuild;
pub mod codecommit;
pub mod codedeploy;
pub mod codepipeline;
pub mod kms;
pub mod logs;
pub mod s3;
pub mod secretsmanager;
pub mod ssm;
pub mod sts;

use crate::sim::wire::Service;

/// Every service the simulated account answers for.
pub fn all() -> Vec<Box<dyn Service>> {
    vec![
        Box::new(cloudtrail::CloudTrail),
        Box::new(cloudwatch::CloudWatch),
        Box::new(codebuild::CodeBuild),
        Box::new(codecommit::CodeCommit),
        Box::new(codedeploy::CodeDeploy),
        Box::new(codepipeline::CodePipeline),
        Box::new(kms::Kms),
        Box::new(logs::CloudWatchLogs),
        Box::new(s3::S3),
        Box::new(secretsmanager::SecretsManager),
        Box::new(ssm::Ssm),
        Box::new(sts::Sts),
    ]
}
