//! One call of one service in one scope: takes it from the budget, sends it, and turns its error into a fault.
//!
//! [`Clients`] are the SDK's handles for a scope, shared by everything that reads or writes there. [`Calls`] is how they
//! are used: with a [`Reader`] when a source reads on the engine's budget, without one for what a person asks for.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_types::SdkConfig;
use tokio::sync::Mutex;

use crate::aws::codecommit::CommitCache;
use crate::aws::fault::Place;
use crate::engine::source::{Clock, Reader};
use crate::model::deployment::MinimumHealthyHosts;
use crate::model::fault::{Fault, FaultClass};
use crate::model::ids::Scope;
use crate::model::time::Timestamp;

/// The clients of one scope, and what they read that never changes.
pub(super) struct Clients {
    pub scope: Scope,
    pub clock: Clock,
    /// How to sign in again, added to sign-in faults.
    pub sign_in_hint: Option<String>,
    pub codepipeline: aws_sdk_codepipeline::Client,
    pub codebuild: aws_sdk_codebuild::Client,
    pub codedeploy: aws_sdk_codedeploy::Client,
    pub codecommit: aws_sdk_codecommit::Client,
    pub logs: aws_sdk_cloudwatchlogs::Client,
    /// For answers that go on.
    pub live_logs: aws_sdk_cloudwatchlogs::Client,
    pub cloudwatch: aws_sdk_cloudwatch::Client,
    pub cloudtrail: aws_sdk_cloudtrail::Client,
    pub s3: aws_sdk_s3::Client,
    pub sts: aws_sdk_sts::Client,
    pub ssm: aws_sdk_ssm::Client,
    pub secretsmanager: aws_sdk_secretsmanager::Client,
    pub kms: aws_sdk_kms::Client,
    /// Deployment configurations by name; AWS has no operation that changes one.
    pub healthy_hosts: Mutex<BTreeMap<String, MinimumHealthyHosts>>,
    pub commits: Mutex<CommitCache>,
    /// Readings that were refused lately, by operation and thing.
    refused: Mutex<BTreeMap<(&'static str, String), Fault>>,
}

impl Clients {
    /// `custom_endpoint`: the host is taken as it is given. Buckets are named in the path of S3's requests, and nothing is
    /// put before the name.
    pub(super) fn new(
        config: &SdkConfig,
        scope: Scope,
        clock: Clock,
        sign_in_hint: Option<String>,
        custom_endpoint: bool,
    ) -> Self {
        Self {
            scope,
            clock,
            sign_in_hint,
            codepipeline: aws_sdk_codepipeline::Client::new(config),
            codebuild: aws_sdk_codebuild::Client::new(config),
            codedeploy: aws_sdk_codedeploy::Client::new(config),
            codecommit: aws_sdk_codecommit::Client::new(config),
            logs: crate::aws::logs::client(config),
            live_logs: crate::aws::logs::live::client(config, custom_endpoint),
            cloudwatch: aws_sdk_cloudwatch::Client::new(config),
            cloudtrail: aws_sdk_cloudtrail::Client::new(config),
            s3: aws_sdk_s3::Client::from_conf(
                aws_sdk_s3::config::Builder::from(config)
                    .force_path_style(custom_endpoint)
                    .build(),
            ),
            sts: aws_sdk_sts::Client::new(config),
            ssm: aws_sdk_ssm::Client::new(config),
            secretsmanager: aws_sdk_secretsmanager::Client::new(config),
            kms: aws_sdk_kms::Client::new(config),
            healthy_hosts: Mutex::default(),
            commits: Mutex::default(),
            refused: Mutex::default(),
        }
    }
}

/// The clients of a scope with the budget they are used on.
#[derive(Clone)]
pub(super) struct Calls<'a> {
    pub clients: Arc<Clients>,
    pub reader: Option<&'a Reader>,
}

impl Calls<'_> {
    pub(super) fn now(&self) -> Timestamp {
        self.clients.clock.now()
    }

    pub(super) fn place(&self, service: &'static str, operation: &'static str) -> Place<'_> {
        Place {
            scope: Some(&self.clients.scope),
            service,
            operation,
            now: self.now(),
        }
    }

    /// The fault of an SDK error, with what this account can do about a sign-in.
    pub(super) fn fault<E>(
        &self,
        service: &'static str,
        operation: &'static str,
        error: &SdkError<E, HttpResponse>,
    ) -> Fault
    where
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    {
        let mut fault = self.place(service, operation).of(error);
        if let (FaultClass::SignIn, Some(hint)) = (fault.class, &self.clients.sign_in_hint) {
            fault.message = format!("{hint}: {}", fault.message);
        }
        fault
    }

    /// Waits for the budget, then for the answer. `request` is sent only when it is its turn.
    pub(super) async fn call<T, E, F>(
        &self,
        service: &'static str,
        operation: &'static str,
        request: F,
    ) -> Result<T, Fault>
    where
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
        F: Future<Output = Result<T, SdkError<E, HttpResponse>>>,
    {
        if let Some(reader) = self.reader {
            reader.call(service).await;
        }
        // The SDK's futures are tens of kilobytes: on the heap they cost one allocation, in ours a stack.
        let answer = Box::pin(request).await;
        let result = answer.map_err(|error| self.fault(service, operation, &error));
        if let Some(reader) = self.reader {
            reader.ended(service, result.as_ref().err().map(|fault| fault.class));
        }
        result
    }

    /// Reads one part of a thing, unless the same was refused lately: then its fault stands. A missing permission, or
    /// an operation that an emulator lacks, does not come back within minutes, and must not use up the budget.
    pub(super) async fn spared<T>(
        &self,
        operation: &'static str,
        thing: &str,
        read: impl Future<Output = Result<T, Fault>>,
    ) -> Result<T, Fault> {
        let key = (operation, thing.to_owned());
        let mut refused = self.clients.refused.lock().await;
        let now = self.now();
        refused.retain(|_, fault| fault.since.age(now) < spare_for(fault.class));
        if let Some(fault) = refused.get(&key) {
            return Err(fault.clone());
        }
        drop(refused);
        let result = read.await;
        if let Err(fault) = &result
            && !spare_for(fault.class).is_zero()
        {
            let mut refused = self.clients.refused.lock().await;
            refused.insert(key, fault.clone());
        }
        result
    }
}

/// How long what was refused is not asked again.
const fn spare_for(class: FaultClass) -> Duration {
    match class {
        FaultClass::Denied => Duration::from_mins(10),
        FaultClass::Unreadable | FaultClass::Refused | FaultClass::NotFound => {
            Duration::from_mins(1)
        }
        FaultClass::Service => Duration::from_secs(15),
        // The scheduler waits for these, with everything else of the account.
        FaultClass::Throttled
        | FaultClass::Offline
        | FaultClass::TimedOut
        | FaultClass::SignIn
        | FaultClass::Local => Duration::ZERO,
    }
}
